#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/outcome.h"

namespace apogee {

// Outcomes as numbers, the larger the better, for methods that compute with
// more than their order. There are two kinds.

// For methods that average over a batch: the mean is 0 and the mean square 1;
// all are 0 when no outcome is better than another.
//
// By place in the order of IsBetter; equal outcomes share the mean of their
// places.
std::vector<double> RankScores(absl::Span<const Outcome> outcomes);
// By the (first) objective where all outcomes are safe. As soon as one is not,
// by place: then any that broke a constraint scores below all that kept them.
std::vector<double> ValueScores(absl::Span<const Outcome> outcomes);

// For methods that fit a model to values: the first objective of the safe
// outcomes as it is, and for the others as much as the worst of these. While
// none is safe, minus the violation. Numbers far below the usual ones are
// raised to three times the distance between the quartiles below the lower one,
// so that a failed run does not outweigh all others.
std::vector<double> Merits(absl::Span<const Outcome> outcomes);

}  // namespace apogee
