#include "algorithms/gp/trust_region.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kMinRadius = 0.2;
constexpr double kMaxRadius = 0.5;
// Results for each parameter at which the largest radius is reached.
constexpr double kResultsPerParameter = 5;

}  // namespace

TrustRegion::TrustRegion(const SearchSpace& space, const GpFeatures& features,
                         const MatrixXd& known, int64_t results) {
  const double parameters = features.group_count() + 1;
  const double share =
      static_cast<double>(results) / (kResultsPerParameter * parameters);
  radius_ = kMinRadius + share * (kMaxRadius - kMinRadius);
  if (radius_ <= kMaxRadius) Limit(space, features, known);
}

TrustRegion TrustRegion::Around(const SearchSpace& space,
                                const GpFeatures& features,
                                const MatrixXd& points, double radius) {
  TrustRegion region;
  region.radius_ = radius;
  region.Limit(space, features, points);
  return region;
}

void TrustRegion::Limit(const SearchSpace& space, const GpFeatures& features,
                        const MatrixXd& known) {
  for (int group = 0; group < features.group_count(); ++group) {
    const Dimension& dimension = space.dimension(features.dimension(group));
    if (dimension.IsCategorical()) continue;
    const auto values = dimension.cardinality;
    if (values > 0 && static_cast<double>(values) < 1 + 1 / kMinRadius) {
      continue;
    }
    counted_.push_back(features.start(group));
  }
  known_.resize(static_cast<Index>(counted_.size()), known.cols());
  for (Index i = 0; i < known.cols(); ++i) {
    known_.col(i) = Counted(known.col(i));
  }
}

VectorXd TrustRegion::Counted(const VectorXd& place) const {
  VectorXd counted(static_cast<Index>(counted_.size()));
  for (size_t i = 0; i < counted_.size(); ++i) {
    counted[static_cast<Index>(i)] = place[counted_[i]];
  }
  return counted;
}

VectorXd TrustRegion::Distances(const VectorXd& place) const {
  return (known_.colwise() - Counted(place)).cwiseAbs().colwise().maxCoeff();
}

VectorXd TrustRegion::Excess(const MatrixXd& places) const {
  VectorXd excess = VectorXd::Zero(places.cols());
  if (!IsLimited()) return excess;
  for (Index i = 0; i < places.cols(); ++i) {
    excess[i] = std::max(0.0, Distances(places.col(i)).minCoeff() - radius_);
  }
  return excess;
}

std::pair<VectorXd, VectorXd> TrustRegion::Box(const VectorXd& place) const {
  VectorXd low = VectorXd::Zero(place.size());
  VectorXd high = VectorXd::Ones(place.size());
  if (!IsLimited()) return {low, high};
  Index nearest = 0;
  Distances(place).minCoeff(&nearest);
  for (size_t i = 0; i < counted_.size(); ++i) {
    const double center = known_(static_cast<Index>(i), nearest);
    low[counted_[i]] = std::max(0.0, center - radius_);
    high[counted_[i]] = std::min(1.0, center + radius_);
  }
  return {low, high};
}

}  // namespace apogee
