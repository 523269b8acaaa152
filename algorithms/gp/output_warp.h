#pragma once

#include <optional>
#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"

namespace apogee {

// One metric's values as a Gaussian process likes them, the larger the better:
// about as large as its prior expects, with the bad half drawn together so that
// it does not outweigh the good one. Nothing stands for an infeasible trial,
// which becomes worse than all others; the mean expected of a trial that may be
// infeasible is 0. The same as OSS Vizier's.
Eigen::VectorXd WarpObjective(absl::Span<const std::optional<double>> values);

// The same for a metric that should reach `threshold`: negative exactly where
// it does not, and about 1 or -1 at a usual distance from it.
Eigen::VectorXd WarpConstraint(absl::Span<const std::optional<double>> values,
                               double threshold);

}  // namespace apogee
