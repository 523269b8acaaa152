#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tests/bench/search/scorers.h"

namespace apogee {

// Test functions with several objectives, all to be minimized.

// ZDT1 to ZDT4 and ZDT6: two objectives. (Zitzler, Deb, Thiele, "Comparison of
// multiobjective evolutionary algorithms: empirical results", 2000.)
struct Zdt {
  int function;  // 1, 2, 3, 4 or 6
  int dimensions;

  // All variables are in [0, 1], but those of ZDT4 after the first in [-5, 5].
  std::vector<double> operator()(absl::Span<const double> x) const;
  VolumeScale Scale() const;
  // Evenly spaced points of the best front.
  std::vector<std::vector<double>> Front(int points) const;
};
// As in the paper.
int ZdtDimensions(int function);

// DTLZ1 to DTLZ7 with two or three objectives; all variables are in [0, 1].
// (Deb, Thiele, Laumanns, Zitzler, "Scalable test problems for evolutionary
// multiobjective optimization", 2005.)
struct Dtlz {
  int function;
  int dimensions;  // objectives or more
  int objectives;

  std::vector<double> operator()(absl::Span<const double> x) const;
  VolumeScale Scale() const;
};
int DtlzDimensions(int function, int objectives);

}  // namespace apogee
