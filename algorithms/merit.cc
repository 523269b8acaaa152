#include "algorithms/merit.h"

#include <algorithm>

namespace apogee {

std::vector<double> Merits(absl::Span<const Outcome> outcomes) {
  const bool any_safe =
      std::any_of(outcomes.begin(), outcomes.end(),
                  [](const Outcome& each) { return each.IsSafe(); });
  std::vector<double> known;
  for (const Outcome& each : outcomes) {
    if (any_safe && each.IsSafe()) known.push_back(each.objectives[0]);
    if (!any_safe && !each.IsInfeasible()) known.push_back(-each.violation);
  }
  if (known.empty()) return std::vector<double>(outcomes.size(), 0.0);
  std::vector<double> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted[sorted.size() / 4];
  const double high = sorted[3 * sorted.size() / 4];
  // Where half of them are equal the quartiles say nothing.
  double least = sorted.front();
  if (low < high) least = std::max(least, low - 3 * (high - low));

  std::vector<double> merits;
  merits.reserve(outcomes.size());
  auto next = known.begin();
  for (const Outcome& each : outcomes) {
    const bool is_known = any_safe ? each.IsSafe() : !each.IsInfeasible();
    merits.push_back(is_known ? std::max(least, *next++) : least);
  }
  return merits;
}

}  // namespace apogee
