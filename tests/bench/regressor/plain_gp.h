#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// The medians at `queries` of a Gaussian process that sees this study alone:
// Matern 5/2, a length scale for each parameter, the most probable of some
// hundreds of hyperparameters drawn at random. `range` are points that span the
// search space. At least two of `finished` are feasible.
std::vector<double> PlainGpMedians(const StudyText& study,
                                   absl::Span<const NamedTrial> finished,
                                   absl::Span<const NamedPoint> range,
                                   absl::Span<const NamedPoint> queries);

}  // namespace apogee
