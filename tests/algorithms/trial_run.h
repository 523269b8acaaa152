#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/algorithm.h"

namespace apogee {

// Who works on the trials of a simulated study.
struct Workers {
  // Trials at a time, each ended after a random wait.
  int count = 1;
  // Shares of trials that end infeasible, and that never end.
  double infeasible = 0;
  double lost = 0;
};

// Metrics of a point, to be maximized; none when it is infeasible.
using Evaluation = std::function<std::vector<double>(const Point&)>;

// Suggests, works on and observes trials until `trials` were suggested; a
// refusal to suggest fails the test. Returns what was finished, in this order.
std::vector<Observation> RunTrials(Algorithm& algorithm, uint64_t seed,
                                   int trials, const Evaluation& evaluate,
                                   const Workers& workers = {});

// The largest first metric.
double Best(const std::vector<Observation>& finished);

}  // namespace apogee
