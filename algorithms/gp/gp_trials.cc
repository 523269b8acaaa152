#include "algorithms/gp/gp_trials.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "algorithms/gp/output_warp.h"
#include "algorithms/standing.h"

namespace apogee {
namespace {

// Trials up to which each one leads to a fit; after that, the growth that does.
constexpr int64_t kEveryTrial = 30;
constexpr int64_t kGrowth = 10;  // one part in so many
constexpr int64_t kMaxGrowth = 100;

}  // namespace

void GpTrials::Add(const Observation& observation) {
  trials_.push_back(
      {observation.point, observation.metrics, Judge(goals_, observation)});
  ++count_;
  const Outcome& outcome = trials_.back().outcome;
  if (outcome.objectives.size() == 1 && !outcome.IsInfeasible() &&
      (!best_ || IsBetter(outcome, *best_))) {
    best_ = outcome;
    count_at_best_ = count_;
  }
  const bool first_infeasible =
      !any_infeasible_ && trials_.back().outcome.IsInfeasible();
  any_infeasible_ |= first_infeasible;
  if (count_ < next_fit_ && !first_infeasible) return;
  next_fit_ =
      count_ +
      (count_ < kEveryTrial ? 1 : std::min(kMaxGrowth, count_ / kGrowth));
  count_at_fit_ = count_;
  Prune();
  fitted_ = trials_.size();
}

std::vector<size_t> GpTrials::Best(size_t count, size_t among) const {
  std::vector<size_t> places;
  std::vector<const Outcome*> outcomes;
  places.reserve(among);
  outcomes.reserve(among);
  bool several = false;
  for (size_t i = 0; i < among; ++i) {
    const Outcome& outcome = trials_[i].outcome;
    if (outcome.IsInfeasible()) continue;
    several = outcome.objectives.size() > 1;
    places.push_back(i);
    outcomes.push_back(&outcome);
  }
  std::vector<size_t> order(places.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (several) {
    const std::vector<Standing> standings = Stand(outcomes);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return IsBetter(standings[a], standings[b]);
    });
  } else {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return IsBetter(*outcomes[a], *outcomes[b]);
    });
  }
  if (order.size() > count) order.resize(count);
  for (size_t& each : order) each = places[each];
  return order;
}

std::vector<size_t> GpTrials::Telling(size_t count, size_t among) const {
  const std::vector<size_t> best = Best(among, among);
  std::vector<bool> taken(among);
  std::vector<size_t> places;
  places.reserve(std::min(among, count) + 1);
  const auto take = [&](size_t place) {
    if (!taken[place]) places.push_back(place);
    taken[place] = true;
  };
  for (size_t i = 0; i < among && places.size() < count; ++i) {
    if (i < best.size()) take(best[i]);
    take(among - 1 - i);
  }
  if (places.size() > count) places.resize(count);
  return places;
}

GpTrials GpTrials::Subset(const std::vector<size_t>& places) const {
  GpTrials subset(goals_, capacity_);
  subset.trials_.reserve(places.size());
  for (const size_t place : places) subset.trials_.push_back(trials_[place]);
  subset.fitted_ = places.size();
  subset.count_ = static_cast<int64_t>(places.size());
  subset.count_at_fit_ = subset.count_;
  return subset;
}

void GpTrials::Prune() {
  if (trials_.size() <= capacity_) return;
  std::vector<size_t> places = Telling(capacity_, trials_.size());
  std::sort(places.begin(), places.end());
  std::vector<Trial> kept;
  kept.reserve(places.size());
  for (const size_t place : places) kept.push_back(std::move(trials_[place]));
  trials_ = std::move(kept);
}

Eigen::MatrixXd GpTrials::Labels(size_t among) const {
  // The largest value of each metric among trials that keep the constraints.
  std::vector<double> reached(goals_.size(),
                              -std::numeric_limits<double>::infinity());
  bool any_safe = false;
  for (size_t i = 0; i < among; ++i) {
    if (!trials_[i].outcome.IsSafe()) continue;
    any_safe = true;
    for (size_t metric = 0; metric < goals_.size(); ++metric) {
      reached[metric] = std::max(reached[metric], trials_[i].metrics[metric]);
    }
  }
  std::vector<std::vector<double>> values(goals_.size());
  for (size_t i = 0; i < among; ++i) {
    if (trials_[i].outcome.IsInfeasible()) continue;
    for (size_t metric = 0; metric < goals_.size(); ++metric) {
      const double value = trials_[i].metrics[metric];
      const bool clips = any_safe && goals_[metric].IsObjective();
      values[metric].push_back(clips ? std::min(value, reached[metric])
                                     : value);
    }
  }
  const size_t feasible = values.empty() ? 0 : values[0].size();
  Eigen::MatrixXd labels(static_cast<Eigen::Index>(goals_.size()),
                         static_cast<Eigen::Index>(feasible));
  if (feasible == 0) return labels;
  for (size_t metric = 0; metric < goals_.size(); ++metric) {
    const std::optional<double>& threshold = goals_[metric].threshold;
    labels.row(static_cast<Eigen::Index>(metric)) =
        threshold ? WarpConstraint(values[metric], *threshold)
                  : WarpObjective(values[metric]);
  }
  return labels;
}

}  // namespace apogee
