#include "algorithms/guided/network_expert.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "algorithms/guided/expected_scale.h"
#include "algorithms/guided/running_trials.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// Trials that are read at once.
constexpr size_t kMaxContext = 64;
// Results before there is a context.
constexpr size_t kMinContext = 2;
// Places of the quantiles .16 and .84 among kQuantiles.
constexpr size_t kLow = 1;
constexpr size_t kHigh = 5;

}  // namespace

NetworkExpert::NetworkExpert(Source source,
                             std::shared_ptr<const Regressor> regressor,
                             const StudyText* text, const GpFeatures* features,
                             const StudyRecord* record)
    : source_(source),
      regressor_(std::move(regressor)),
      text_(text),
      features_(features),
      record_(record) {}

bool NetworkExpert::IsReady() const {
  return features_->size() > 0 && regressor_->IsAvailable() &&
         (source_ != Source::kContext || record_->feasible() >= kMinContext);
}

absl::StatusOr<LabelScale> NetworkExpert::Scale() const {
  if (record_->scale().IsKnown()) return record_->scale();
  return ExpectedScale(*regressor_, *text_, *record_,
                       record_->Named(kMaxContext));
}

Forecaster NetworkExpert::Prepare(absl::Span<const Pending> pending) const {
  RunningTrials running(features_);
  for (const Pending& each : pending) running.Add(each.point);
  return [this,
          running = std::make_shared<const RunningTrials>(std::move(running)),
          context = record_->Named(kMaxContext), scale = Scale()](
             const std::vector<Point>& points) -> absl::StatusOr<Forecast> {
    RETURN_IF_ERROR(scale.status());
    ASSIGN_OR_RETURN(const std::vector<Prediction> predictions,
                     regressor_->Predict(*text_, context,
                                         ToNamed(record_->space(), points)));
    const auto count = static_cast<Index>(points.size());
    Forecast forecast = {VectorXd(count), VectorXd(count), VectorXd(count),
                         VectorXd(count)};
    for (Index i = 0; i < count; ++i) {
      const Prediction& each = predictions[static_cast<size_t>(i)];
      const auto label = [&](double value) {
        return scale->Label(record_->Sign() * value);
      };
      forecast.mean[i] = label(each.Median());
      forecast.sd[i] =
          std::abs(label(each.quantiles[kHigh]) - label(each.quantiles[kLow])) /
          2;
      forecast.log_feasible[i] = LogFeasible(each);
    }
    forecast.measured_sd = forecast.sd;
    forecast.mean -= running->Discount(points);
    return forecast;
  };
}

}  // namespace apogee
