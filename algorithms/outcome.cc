#include "algorithms/outcome.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace apogee {

Outcome Judge(absl::Span<const Goal> goals, const Observation& observation) {
  Outcome outcome;
  if (!observation.IsFeasible()) {
    outcome.violation = std::numeric_limits<double>::infinity();
    return outcome;
  }
  for (size_t i = 0; i < goals.size(); ++i) {
    const double value = observation.metrics[i];
    if (goals[i].IsObjective()) {
      outcome.objectives.push_back(value);
    } else if (!goals[i].IsKeptBy(value)) {
      const double unit = std::max(1.0, std::abs(*goals[i].threshold));
      // Finite, so that infeasible trials stay below all others.
      outcome.violation =
          std::min(outcome.violation + (*goals[i].threshold - value) / unit,
                   std::numeric_limits<double>::max());
    }
  }
  return outcome;
}

bool IsBetter(const Outcome& a, const Outcome& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  if (a.IsInfeasible() || b.IsInfeasible()) return false;
  return a.objectives[0] > b.objectives[0];
}

bool Dominates(const Outcome& a, const Outcome& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  if (!a.IsSafe()) return false;
  bool better = false;
  for (size_t i = 0; i < a.objectives.size(); ++i) {
    if (a.objectives[i] < b.objectives[i]) return false;
    better = better || a.objectives[i] > b.objectives[i];
  }
  return better;
}

}  // namespace apogee
