#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// One metric of one trial over its steps, always to be maximized. Steps rise,
// values are finite.
struct Curve {
  std::vector<int64_t> steps = {};
  std::vector<double> values = {};
  // What the trial had taken at each step; 0 where nobody said.
  std::vector<double> seconds = {};
  int64_t trial = 0;
  // The trial goes on. Otherwise it has ended with a result, perhaps because it
  // was stopped.
  bool running = false;
};

// Of other trials.
using Curves = absl::Span<const Curve* const>;

// Of the values up to and with `step`; nothing where there is none.
std::optional<double> BestUpTo(const Curve& curve, int64_t step);
std::optional<double> MeanUpTo(const Curve& curve, int64_t step);
// The best value by the time the trial had come to `step` or beyond; nothing
// where it has not.
std::optional<double> BestOnReaching(const Curve& curve, int64_t step);

}  // namespace apogee
