#pragma once

#include "Eigen/Core"
#include "absl/types/span.h"

namespace apogee {

// One metric's values as a Gaussian process likes them, the larger the better:
// from -0.5 to 0.5 but for a shift that makes their mean 0, with the bad half
// drawn together so that it does not outweigh the good one (OSS Vizier's).
Eigen::VectorXd WarpObjective(absl::Span<const double> values);

// The same for a metric that should reach `threshold`: negative exactly where
// it does not, and about 1 or -1 at a usual distance from it.
Eigen::VectorXd WarpConstraint(absl::Span<const double> values,
                               double threshold);

}  // namespace apogee
