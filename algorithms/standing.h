#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/outcome.h"

namespace apogee {

// How good a trial is among others, for any number of objectives.
struct Standing {
  // How many fronts there are before its own: 0 for those that nobody
  // dominates, 1 for those that only these dominate, and so on.
  int front = 0;
  // How far it is from the others of its front (math/crowding.h).
  double crowding = 0;
};

// Lower fronts are better, then those with more room around them.
bool IsBetter(const Standing& a, const Standing& b);

// The standing of each among all, none of them infeasible. O(n^2) at worst.
// (Zhang et al., "An efficient approach to nondominated sorting for
// evolutionary multiobjective optimization", 2015.)
std::vector<Standing> Stand(absl::Span<const Outcome* const> outcomes);

}  // namespace apogee
