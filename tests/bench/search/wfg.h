#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tests/bench/search/scorers.h"

namespace apogee {

// WFG1 to WFG9 with two or three objectives, all to be minimized. (Huband,
// Hingston, Barone, While, "A review of multiobjective test problems and a
// scalable test problem toolkit", 2006.)
struct Wfg {
  int function;
  int objectives;
  // Variables that say where on the front a point lies, a multiple of
  // objectives - 1, and how far from it, an even number.
  int position;
  int distance;

  int dimensions() const { return position + distance; }

  // Variable i, from 1, is in [0, 2 i].
  std::vector<double> operator()(absl::Span<const double> z) const;
  // Not of WFG3 with three objectives, whose front is more than the line that
  // it was meant to be.
  VolumeScale Scale() const;
  // Of two objectives: points of the best front.
  std::vector<std::vector<double>> Front(int points) const;
};

}  // namespace apogee
