#include "algorithms/guided/trees_expert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "algorithms/guided/running_trials.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Feasible trials before it says anything, and trials that are kept.
constexpr size_t kMinTrials = 20;
constexpr size_t kCapacity = 1000;
// Growth that leads to a fit, as one part in so many.
constexpr int64_t kGrowth = 20;
// Parts are the same for all studies.
constexpr uint64_t kFitSeed = 1;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool HasDoubles(const SearchSpace& space) {
  return std::any_of(space.dimensions().begin(), space.dimensions().end(),
                     [](const Dimension& dimension) {
                       return dimension.kind == Dimension::Kind::kDouble;
                     });
}

}  // namespace

TreesExpert::TreesExpert(const GpFeatures* features, const StudyRecord* record)
    : features_(features),
      record_(record),
      takes_part_(features->size() > 0 && !HasDoubles(record->space())),
      trials_(record->trials().goals(), kCapacity) {}

void TreesExpert::Add(const Observation& observation) {
  if (!takes_part_) return;
  trials_.Add(observation);
  // The trials that are kept may only change at a fit.
  const bool pruned = trials_.count_at_fit() == trials_.count();
  if (trials_.count() < next_fit_ && !pruned) return;
  count_at_fit_ = trials_.count();
  next_fit_ = count_at_fit_ + std::max<int64_t>(1, count_at_fit_ / kGrowth);
  fitted_ = trials_.trials().size();
}

bool TreesExpert::IsReady() const {
  return takes_part_ && record_->feasible() >= kMinTrials;
}

MatrixXd TreesExpert::Rows(const std::vector<Point>& points) const {
  MatrixXd rows = features_->Of(points);
  for (int group = 0; group < features_->group_count(); ++group) {
    const int start = features_->start(group);
    const int end = group + 1 < features_->group_count()
                        ? features_->start(group + 1)
                        : features_->size();
    for (size_t i = 0; i < points.size(); ++i) {
      auto numbers =
          rows.col(static_cast<Index>(i)).segment(start, end - start).array();
      if (!IsActive(points[i][features_->dimension(group)])) {
        numbers = kMissing;
      } else if (end - start > 1) {
        numbers = (numbers == 0).select(kMissing, numbers);
      }
    }
  }
  return rows;
}

absl::StatusOr<TreesExpert::Model> TreesExpert::Fit() const {
  const auto trials = absl::MakeConstSpan(trials_.trials()).first(fitted_);
  // What broke a constraint counts for no more than the best that kept them.
  double most = -std::numeric_limits<double>::infinity();
  std::vector<Point> points;
  std::vector<double> values;
  points.reserve(fitted_);
  values.reserve(fitted_);
  for (const GpTrials::Trial& trial : trials) {
    if (trial.outcome.IsInfeasible()) continue;
    points.push_back(trial.point);
    values.push_back(trial.metrics[record_->objective()]);
    if (trial.outcome.IsSafe()) most = std::max(most, values.back());
  }
  if (most > -std::numeric_limits<double>::infinity()) {
    for (double& each : values) each = std::min(each, most);
  }
  LabelScale scale(values);
  VectorXd labels(static_cast<Index>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    labels[static_cast<Index>(i)] = scale.Label(values[i]);
  }
  ASSIGN_OR_RETURN(BoostedTrees trees,
                   BoostedTrees::Fit(Rows(points), labels, kFitSeed));
  return Model{std::move(trees), std::move(scale)};
}

Forecaster TreesExpert::Prepare(absl::Span<const Pending> pending) const {
  if (fit_ != count_at_fit_) {
    fit_ = count_at_fit_;
    model_ = Fit();
  }
  RunningTrials running(features_);
  for (const Pending& each : pending) running.Add(each.point);
  for (size_t i = fitted_; i < trials_.trials().size(); ++i) {
    running.Add(trials_.trials()[i].point);
  }
  return [this,
          running = std::make_shared<const RunningTrials>(std::move(running))](
             const std::vector<Point>& points) -> absl::StatusOr<Forecast> {
    RETURN_IF_ERROR(model_.status());
    ASSIGN_OR_RETURN(const BoostedTrees::Prediction at,
                     model_->trees.Predict(Rows(points)));
    const double noise = model_->trees.noise_variance();
    const auto label = [&](double then) {
      return record_->scale().Label(model_->scale.Value(then));
    };
    Forecast forecast = {at.mean, at.sd, at.sd, VectorXd::Zero(at.mean.size())};
    for (Index i = 0; i < at.mean.size(); ++i) {
      const double wide = std::sqrt(at.sd[i] * at.sd[i] + noise);
      forecast.mean[i] = label(at.mean[i]);
      forecast.measured_sd[i] =
          (label(at.mean[i] + wide) - label(at.mean[i] - wide)) / 2;
      forecast.sd[i] = wide > 0 ? forecast.measured_sd[i] * at.sd[i] / wide : 0;
    }
    forecast.mean -= running->Discount(points);
    return forecast;
  };
}

}  // namespace apogee
