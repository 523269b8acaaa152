#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace apogee {

// The learning curves of many settings of one task, measured once.
struct CurveTable {
  std::string name = {};
  // By setting and step: to be minimized. A curve ends where it diverged.
  std::vector<std::vector<double>> curves = {};
  size_t steps = 0;  // of a whole curve
  double best = 0;   // of all values
  // Of what settings came to at best.
  double median = 0;

  // How much worse `value` is than the best; 1 is the median setting.
  double Regret(double value) const { return (value - best) / (median - best); }
};

// From a CSV file, which may be gzip: one row for a setting, its curve in the
// columns valid_0, valid_1, ...
// INVALID_ARGUMENT, NOT_FOUND  names the file and the cure
absl::StatusOr<CurveTable> ReadCurveTable(const std::string& path);

// `settings` curves of `steps` steps that fall as power laws to a limit, with
// noise; some cross, some diverge.
CurveTable MadeUpTable(size_t settings, size_t steps, uint64_t seed);

}  // namespace apogee
