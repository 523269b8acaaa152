#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "algorithms/algorithm.h"

namespace apogee {

// Metrics of a point, to be maximized; none when it is infeasible.
using Evaluate = std::function<std::vector<double>(const Point&)>;

struct SimulatedStudy {
  // How many finish.
  int trials;
  // Who each ask for one point whenever they are free, and end in any order.
  int workers = 1;
  // The share of trials that fail, whatever their point.
  double infeasible = 0;
  // The share of trials whose worker is never heard of again; another comes.
  double lost = 0;
  uint64_t seed = 1;
};

// Runs a study until so many trials have finished, or nothing is left to
// suggest; returns those, in the order they finished.
std::vector<Observation> RunStudy(Algorithm& algorithm,
                                  const SimulatedStudy& study,
                                  const Evaluate& evaluate);

// The largest first metric among the trials whose other metrics are at least 0;
// -infinity if there are none.
double BestSafe(const std::vector<Observation>& finished);

}  // namespace apogee
