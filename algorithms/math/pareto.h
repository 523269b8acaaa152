#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// Indices, rising, of the points that no other point dominates: at least as
// large in every coordinate and larger in one. Equal points all stay. The
// points have the same number of coordinates, none of them NaN. O(n log n) for
// one or two coordinates, O(n log n + n * result) for more.
std::vector<size_t> NonDominated(absl::Span<const std::vector<double>> points);

}  // namespace apogee
