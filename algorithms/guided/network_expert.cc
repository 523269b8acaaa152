#include "algorithms/guided/network_expert.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "algorithms/gp/gp_fit.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/guided/named_points.h"
#include "algorithms/variation.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// Trials that are read at once.
constexpr size_t kMaxContext = 64;
// Results before there is a context.
constexpr size_t kMinContext = 2;
// Points by which an unknown scale is found.
constexpr int kScalePoints = 64;
// Places of the quantiles .16 and .84 among kQuantiles.
constexpr size_t kLow = 1;
constexpr size_t kHigh = 5;
constexpr double kLeastProbability = 1e-6;

std::vector<NamedPoint> AllNamed(const SearchSpace& space,
                                 const std::vector<Point>& points) {
  std::vector<NamedPoint> named;
  named.reserve(points.size());
  for (const Point& each : points) named.push_back(ToNamed(space, each));
  return named;
}

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
  return features_->size() > 0 &&
         (source_ == Source::kText || record_->feasible() >= kMinContext);
}

absl::StatusOr<LabelScale> NetworkExpert::Scale() const {
  if (record_->scale().IsKnown()) return record_->scale();
  std::vector<Point> points;
  points.reserve(kScalePoints);
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < kScalePoints; ++i) {
    points.push_back(RandomPoint(record_->space(), random));
  }
  ASSIGN_OR_RETURN(const std::vector<Prediction> predictions,
                   regressor_->Predict(*text_, record_->Named(kMaxContext),
                                       AllNamed(record_->space(), points)));
  std::vector<double> values;
  values.reserve(predictions.size());
  for (const Prediction& each : predictions) {
    values.push_back(record_->Sign() * each.Median());
  }
  return LabelScale(values);
}

Forecaster NetworkExpert::Prepare(absl::Span<const Pending> pending) const {
  // Around trials that run, the doubt falls as that of a process does that
  // knows nothing else.
  const GpParameters parameters = GpFit::Prior(features_->group_count());
  std::optional<GpModel> running = GpModel::Create(
      parameters, features_->groups(), Eigen::MatrixXd(features_->size(), 0));
  if (running) {
    for (const Pending& each : pending) {
      running->Append(features_->Of(each.point));
    }
  }
  return [this,
          running = std::make_shared<const std::optional<GpModel>>(
              std::move(running)),
          context = record_->Named(kMaxContext), scale = Scale()](
             const std::vector<Point>& points) -> absl::StatusOr<Forecast> {
    RETURN_IF_ERROR(scale.status());
    ASSIGN_OR_RETURN(const std::vector<Prediction> predictions,
                     regressor_->Predict(*text_, context,
                                         AllNamed(record_->space(), points)));
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
      forecast.log_feasible[i] =
          std::log(std::max(kLeastProbability, each.p_feasible));
    }
    forecast.measured_sd = forecast.sd;
    if (*running && (*running)->size() > 0) {
      const VectorXd doubt =
          (*running)->Predict(features_->Of(points)).variance.cwiseSqrt();
      forecast.mean.array() -=
          std::sqrt((*running)->signal_variance()) - doubt.array();
    }
    return forecast;
  };
}

}  // namespace apogee
