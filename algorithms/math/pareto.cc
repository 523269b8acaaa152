#include "algorithms/math/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace apogee {
namespace {

// Whether a is at least b everywhere. For points in descending lexicographic
// order, a before b and not equal, that means that a dominates b.
bool Covers(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<size_t> NonDominated(absl::Span<const std::vector<double>> points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // A point can only be dominated by one that stands before it.
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return points[a] > points[b]; });

  std::vector<size_t> front;
  double best_second = -std::numeric_limits<double>::infinity();
  for (const size_t i : order) {
    const std::vector<double>& point = points[i];
    const bool equals_last = !front.empty() && points[front.back()] == point;
    bool dominated = false;
    if (equals_last) {
      dominated = false;
    } else if (point.size() <= 1) {
      dominated = !front.empty();
    } else if (point.size() == 2) {
      dominated = !front.empty() && point[1] <= best_second;
    } else {
      dominated = std::any_of(front.begin(), front.end(), [&](size_t j) {
        return Covers(points[j], point);
      });
    }
    if (dominated) continue;
    front.push_back(i);
    if (point.size() == 2) best_second = std::max(best_second, point[1]);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace apogee
