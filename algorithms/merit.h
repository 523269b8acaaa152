#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/outcome.h"

namespace apogee {

// Outcomes as numbers, the larger the better, for methods that fit a model to
// values: the first objective of those that kept all constraints, and for the
// others as much as the worst of these. While none kept them, minus the
// violation. Numbers far below the usual ones are raised to three times the
// distance between the quartiles below the lower one, so that a failed run does
// not outweigh all others.
std::vector<double> Merits(absl::Span<const Outcome> outcomes);

}  // namespace apogee
