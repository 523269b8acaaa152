#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/algorithm.h"

namespace apogee {

// What is wanted of one metric: as much of it as possible or, if there is a
// threshold, only so much (then it is a constraint, and no objective).
struct Goal {
  std::optional<double> threshold;

  bool IsObjective() const { return !threshold.has_value(); }
  bool IsKeptBy(double value) const {
    return IsObjective() || !(value < *threshold);
  }
};

// What a finished trial counts for. The same for every algorithm.
//
// A trial that broke a constraint is worse than all that kept them; one that
// is infeasible is worse than all others, and has no objectives.
struct Outcome {
  // By how much constraints were missed, all together, each in units of its
  // threshold (of 1 where that is smaller). 0 when all hold; infinite for an
  // infeasible trial.
  double violation = 0;
  // To be maximized, in the order of the metrics.
  std::vector<double> objectives;

  bool IsInfeasible() const { return objectives.empty(); }
  bool IsSafe() const { return violation == 0; }
};

// `observation` has one metric per goal, or none.
Outcome Judge(absl::Span<const Goal> goals, const Observation& observation);

// For one objective, and for the first where there are more: the order from
// good to bad. Equal ones are neither better nor worse.
bool IsBetter(const Outcome& a, const Outcome& b);

// For any number of objectives: whether `a` violates less or, both being safe,
// is nowhere worse than `b` and somewhere better. (Deb, "An efficient
// constraint handling method for genetic algorithms", 2000.)
bool Dominates(const Outcome& a, const Outcome& b);

}  // namespace apogee
