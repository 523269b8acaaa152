#include "algorithms/standing.h"

#include <algorithm>
#include <numeric>

#include "algorithms/math/crowding.h"

namespace apogee {

bool IsBetter(const Standing& a, const Standing& b) {
  return a.front != b.front ? a.front < b.front : a.crowding > b.crowding;
}

std::vector<Standing> Stand(absl::Span<const Outcome* const> outcomes) {
  // In this order nothing is dominated by a later one.
  std::vector<size_t> order(outcomes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (outcomes[a]->violation != outcomes[b]->violation) {
      return outcomes[a]->violation < outcomes[b]->violation;
    }
    return outcomes[a]->objectives > outcomes[b]->objectives;
  });

  std::vector<std::vector<size_t>> fronts;
  for (const size_t i : order) {
    const auto dominates = [&](size_t member) {
      return Dominates(*outcomes[member], *outcomes[i]);
    };
    // Of up to two objectives the last member has the largest second one, so it
    // tells for all.
    const bool few = outcomes[i]->objectives.size() <= 2;
    const auto front = std::find_if(
        fronts.begin(), fronts.end(), [&](const std::vector<size_t>& members) {
          return std::none_of(
              members.rbegin(),
              few ? std::next(members.rbegin()) : members.rend(), dominates);
        });
    if (front == fronts.end()) {
      fronts.push_back({i});
    } else {
      front->push_back(i);
    }
  }

  std::vector<Standing> standings(outcomes.size());
  std::vector<const std::vector<double>*> objectives;
  for (size_t number = 0; number < fronts.size(); ++number) {
    objectives.clear();
    for (const size_t i : fronts[number]) {
      objectives.push_back(&outcomes[i]->objectives);
    }
    const std::vector<double> distances = CrowdingDistances(objectives);
    for (size_t k = 0; k < fronts[number].size(); ++k) {
      standings[fronts[number][k]] = {static_cast<int>(number), distances[k]};
    }
  }
  return standings;
}

}  // namespace apogee
