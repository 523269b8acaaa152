#pragma once

#include <cstdint>

#include "tests/bench/search/problem.h"

namespace apogee {

struct LayeredShape {
  int layers;
  int options;
  double interaction;
  // Standard deviation of a measured reward, in units of the standard deviation
  // over all choices.
  double noise;
  int64_t instance;
};

// The best reward at a cost of at most this share of the range of costs. A
// regret of 1 is that of a random choice within the limit.
TestProblem LayeredProblem(const LayeredShape& shape, double limit);

// The best reward under each of nine limits, 10 % to 50 % of the range of
// costs: the mean of the nine regrets, each at most kLayeredCap. Metrics are
// the reward, the cost to be minimized, and the cost again with the largest of
// the limits; for an algorithm with one objective only the reward and the
// limit.
inline constexpr double kLayeredCap = 2;
TestProblem LayeredFrontProblem(const LayeredShape& shape,
                                bool several_objectives);

}  // namespace apogee
