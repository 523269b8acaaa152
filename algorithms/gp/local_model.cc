#include "algorithms/gp/local_model.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace apogee {

using Eigen::VectorXd;

namespace {

// Trials of the model: so many for each parameter, and at least.
constexpr size_t kTrialsPerParameter = 8;
constexpr size_t kMinTrials = 50;
// Trials without a better one before the region becomes smaller: one for so
// many parameters, and at least.
constexpr int64_t kParametersPerTrial = 4;
constexpr int64_t kMinPatience = 2;
// The largest region, and how often it is halved.
constexpr double kMaxRadius = 0.2;
constexpr int64_t kSizes = 8;
// Trials of which the best may be any.
constexpr size_t kGood = 10;

// The places of the `count` trials nearest to the one at `center`, in order.
std::vector<size_t> Nearest(const GpFeatures& features, const GpTrials& trials,
                            const VectorXd& center, size_t count) {
  std::vector<std::pair<double, size_t>> order;
  order.reserve(trials.trials().size());
  for (size_t i = 0; i < trials.trials().size(); ++i) {
    const VectorXd place = features.Of(trials.trials()[i].point);
    order.emplace_back((place - center).squaredNorm(), i);
  }
  std::sort(order.begin(), order.end());
  if (order.size() > count) order.resize(count);
  std::vector<size_t> places;
  places.reserve(order.size());
  for (const auto& [distance, place] : order) places.push_back(place);
  std::sort(places.begin(), places.end());
  return places;
}

// Where the best trial is, as far as `everywhere` can tell.
std::optional<VectorXd> Best(const GpFeatures& features, const GpTrials& trials,
                             const GpSurrogate& everywhere) {
  const std::vector<size_t> best = trials.Best(kGood, trials.trials().size());
  const auto objective =
      std::find_if(everywhere.goals().begin(), everywhere.goals().end(),
                   [](const Goal& goal) { return goal.IsObjective(); });
  if (best.empty() || objective == everywhere.goals().end()) {
    return std::nullopt;
  }
  std::vector<Point> points;
  points.reserve(best.size());
  for (const size_t place : best) {
    const GpTrials::Trial& trial = trials.trials()[place];
    const bool is_first_safe = trials.trials()[best[0]].outcome.IsSafe();
    if (trial.outcome.IsSafe() == is_first_safe) points.push_back(trial.point);
  }
  const Eigen::MatrixXd places = features.Of(points);
  const auto model =
      static_cast<size_t>(objective - everywhere.goals().begin());
  Eigen::Index winner = 0;
  everywhere.models()[model].Means(places).maxCoeff(&winner);
  return places.col(winner);
}

}  // namespace

std::optional<LocalModel> LocalModel::Find(const SearchSpace& space,
                                           const GpFeatures& features,
                                           const GpTrials& trials,
                                           const GpSurrogate& everywhere) {
  const int parameters = features.group_count();
  const int64_t patience =
      std::max(kMinPatience, parameters / kParametersPerTrial);
  const int64_t halvings = trials.since_best() / patience - 1;
  const std::optional<VectorXd> center =
      halvings < 0 ? std::nullopt : Best(features, trials, everywhere);
  if (!center) return std::nullopt;
  const size_t count = std::max(
      kMinTrials, kTrialsPerParameter * static_cast<size_t>(parameters));
  const GpTrials nearest =
      trials.Subset(Nearest(features, trials, *center, count));
  std::optional<GpSurrogate> surrogate = GpSurrogate::Fit(&features, nearest);
  if (!surrogate) return std::nullopt;
  surrogate->Update(nearest);
  const double radius =
      std::ldexp(kMaxRadius, -static_cast<int>(halvings % kSizes));
  return LocalModel{*std::move(surrogate),
                    TrustRegion::Around(space, features, *center, radius)};
}

}  // namespace apogee
