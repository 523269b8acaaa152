#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/outcome.h"

namespace apogee {

// Outcomes as numbers, for methods that average over a batch of them. Larger
// is better, the mean is 0 and the mean square 1; all are 0 when no outcome is
// better than another.

// By place in the order of IsBetter; equal outcomes share the mean of their
// places.
std::vector<double> RankScores(absl::Span<const Outcome> outcomes);

// By the (first) objective where all outcomes are safe. As soon as one is not,
// by place: then any that broke a constraint scores below all that kept them.
std::vector<double> ValueScores(absl::Span<const Outcome> outcomes);

}  // namespace apogee
