#include "algorithms/guided/process_expert.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>

#include "absl/status/status.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// Constraints are not known better than this.
constexpr double kLeastSd = 1e-3;
constexpr double kLeastProbability = 1e-300;

}  // namespace

Forecaster ProcessExpert::Prepare(absl::Span<const Pending> pending) const {
  const GpSurrogate* const finished = search_->Model();
  if (finished == nullptr) {
    return [](const std::vector<Point>&) -> absl::StatusOr<Forecast> {
      return absl::FailedPreconditionError(
          "the results do not allow a Gaussian process");
    };
  }
  const auto model =
      std::make_shared<GpModel>(finished->models()[record_->objective()]);
  for (const Pending& each : pending) model->Append(features_->Of(each.point));
  return [this,
          model](const std::vector<Point>& points) -> absl::StatusOr<Forecast> {
    const GpPrediction at = model->Predict(features_->Of(points));
    const double noise = model->noise_variance();
    return Forecast{at.mean, at.variance.cwiseSqrt(),
                    (at.variance.array() + noise).sqrt(),
                    VectorXd::Zero(at.mean.size())};
  };
}

bool ProcessExpert::KnowsLimits() const {
  if (record_->trials().count() == 0) return false;
  const GpSurrogate* const finished = search_->Model();
  return finished != nullptr && finished->goals().size() > 1;
}

VectorXd ProcessExpert::LogSafe(const std::vector<Point>& points) const {
  VectorXd sum = VectorXd::Zero(static_cast<Index>(points.size()));
  if (!KnowsLimits()) return sum;
  const GpSurrogate& finished = *search_->Model();
  const Eigen::MatrixXd places = features_->Of(points);
  for (size_t k = 0; k < finished.models().size(); ++k) {
    if (finished.goals()[k].IsObjective()) continue;
    const GpPrediction at = finished.models()[k].Predict(places);
    for (Index i = 0; i < sum.size(); ++i) {
      const double sd = std::max(kLeastSd, std::sqrt(at.variance[i]));
      const double probability = 0.5 * std::erfc(-at.mean[i] / sd * M_SQRT1_2);
      sum[i] += std::log(std::max(kLeastProbability, probability));
    }
  }
  return sum;
}

}  // namespace apogee
