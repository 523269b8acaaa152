#include "algorithms/guided/study_record.h"

#include <algorithm>

#include "algorithms/guided/named_points.h"

namespace apogee {
namespace {

// Trials that are kept: the best and the latest.
constexpr size_t kCapacity = 300;

}  // namespace

StudyRecord::StudyRecord(const SearchSpace* space, std::vector<Goal> goals,
                         bool maximize)
    : space_(space),
      maximize_(maximize),
      trials_(std::move(goals), kCapacity),
      scale_({}) {
  while (!trials_.goals()[objective_].IsObjective()) ++objective_;
}

std::vector<double> StudyRecord::Values() const {
  std::vector<double> values;
  values.reserve(trials_.trials().size());
  for (const GpTrials::Trial& each : trials_.trials()) {
    if (each.outcome.IsInfeasible()) continue;
    values.push_back(each.metrics[objective_]);
  }
  return values;
}

const LabelScale& StudyRecord::scale() const {
  if (scaled_ != trials_.count()) {
    scaled_ = trials_.count();
    scale_ = LabelScale(Values());
  }
  return scale_;
}

std::optional<double> StudyRecord::best_label() const {
  const std::vector<size_t> best = trials_.Best(1, trials_.trials().size());
  if (best.empty()) return std::nullopt;
  const GpTrials::Trial& trial = trials_.trials()[best[0]];
  if (!trial.outcome.IsSafe()) return std::nullopt;
  return scale().Label(trial.metrics[objective_]);
}

std::vector<Point> StudyRecord::Best(size_t count) const {
  std::vector<Point> points;
  points.reserve(count);
  for (const size_t place : trials_.Best(count, trials_.trials().size())) {
    points.push_back(trials_.trials()[place].point);
  }
  return points;
}

std::vector<NamedTrial> StudyRecord::Named(size_t count) const {
  std::vector<size_t> places = trials_.Telling(count, trials_.trials().size());
  std::sort(places.begin(), places.end());
  std::vector<NamedTrial> named;
  named.reserve(places.size());
  for (const size_t place : places) {
    const GpTrials::Trial& trial = trials_.trials()[place];
    named.push_back({ToNamed(*space_, trial.point), std::nullopt});
    if (!trial.outcome.IsInfeasible()) {
      named.back().value = Sign() * trial.metrics[objective_];
    }
  }
  return named;
}

}  // namespace apogee
