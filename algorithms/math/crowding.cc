#include "algorithms/math/crowding.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace apogee {

std::vector<double> CrowdingDistances(
    absl::Span<const std::vector<double>* const> front) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (front.size() <= 2) return std::vector<double>(front.size(), kInfinity);
  std::vector<double> distances(front.size());
  std::vector<size_t> order(front.size());
  for (size_t k = 0; k < front[0]->size(); ++k) {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return (*front[a])[k] < (*front[b])[k];
    });
    const auto value = [&](size_t i) { return (*front[order[i]])[k]; };
    const double range = value(order.size() - 1) - value(0);
    distances[order.front()] = kInfinity;
    distances[order.back()] = kInfinity;
    if (!(range > 0)) continue;
    for (size_t i = 1; i + 1 < order.size(); ++i) {
      distances[order[i]] += (value(i + 1) - value(i - 1)) / range;
    }
  }
  return distances;
}

}  // namespace apogee
