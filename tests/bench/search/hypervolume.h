#pragma once

#include <vector>

#include "absl/types/span.h"

namespace apogee {

// How much of the space below `reference` the points dominate; all coordinates
// are to be minimized. Exact, for one to three coordinates; points that are not
// below the reference in every coordinate add nothing. O(n log n).
// (Fonseca, Paquete, Lopez-Ibanez, "An improved dimension-sweep algorithm for
// the hypervolume indicator", 2006.)
double Hypervolume(absl::Span<const std::vector<double>> points,
                   absl::Span<const double> reference);

// Those of the points that no other dominates, each once, rising
// lexicographically. All coordinates are to be minimized.
std::vector<std::vector<double>> NonDominated(
    std::vector<std::vector<double>> points);

}  // namespace apogee
