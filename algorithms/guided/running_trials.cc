#include "algorithms/guided/running_trials.h"

#include <cmath>

#include "algorithms/gp/gp_fit.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

RunningTrials::RunningTrials(const GpFeatures* features)
    : features_(features),
      model_(GpModel::Create(GpFit::Prior(features->group_count()),
                             features->groups(),
                             Eigen::MatrixXd(features->size(), 0))) {}

void RunningTrials::Add(const Point& point) {
  if (model_) model_->Append(features_->Of(point));
}

VectorXd RunningTrials::Discount(const std::vector<Point>& points) const {
  if (!model_ || model_->size() == 0) {
    return VectorXd::Zero(static_cast<Index>(points.size()));
  }
  const VectorXd doubt =
      model_->Predict(features_->Of(points)).variance.cwiseSqrt();
  return std::sqrt(model_->signal_variance()) - doubt.array();
}

}  // namespace apogee
