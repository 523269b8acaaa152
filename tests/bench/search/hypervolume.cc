#include "tests/bench/search/hypervolume.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace apogee {
namespace {

using Values = std::vector<double>;

// The area that points (x, y) dominate below a corner, kept up to date as they
// come.
class Staircase {
 public:
  Staircase(double corner_x, double corner_y)
      : corner_x_(corner_x), corner_y_(corner_y) {}

  double area() const { return area_; }

  void Add(double x, double y) {
    // The step above which the new point lies, if that dominates it.
    auto next = steps_.upper_bound(x);
    double height = corner_y_;
    if (next != steps_.begin()) {
      height = std::prev(next)->second;
      if (height <= y) return;
    }
    // Steps that the new one covers, from left to right.
    double left = x;
    auto covered = next;
    if (next != steps_.begin() && std::prev(next)->first == x) --covered;
    while (next != steps_.end() && next->second >= y) {
      area_ += (next->first - left) * (height - y);
      left = next->first;
      height = next->second;
      ++next;
    }
    const double right = next == steps_.end() ? corner_x_ : next->first;
    area_ += (right - left) * (height - y);
    steps_.erase(covered, next);
    steps_[x] = y;
  }

 private:
  const double corner_x_;
  const double corner_y_;
  double area_ = 0;
  std::map<double, double> steps_;  // x to y, which falls
};

}  // namespace

double Hypervolume(absl::Span<const Values> points,
                   absl::Span<const double> reference) {
  const size_t dimensions = reference.size();
  APOGEE_CHECK(dimensions >= 1 && dimensions <= 3);
  std::vector<Values> inside;
  for (const Values& point : points) {
    bool below = true;
    for (size_t i = 0; i < dimensions; ++i) below &= point[i] < reference[i];
    if (below) inside.push_back(point);
  }
  if (inside.empty()) return 0;
  // From the last coordinate's best on; each slice is as thick as the step to
  // the next point.
  std::sort(inside.begin(), inside.end(),
            [&](const Values& a, const Values& b) {
              return a[dimensions - 1] < b[dimensions - 1];
            });
  if (dimensions == 1) return reference[0] - inside[0][0];
  Staircase slice(reference[0], dimensions == 3 ? reference[1] : 1);
  double volume = 0;
  for (size_t i = 0; i < inside.size(); ++i) {
    slice.Add(inside[i][0], dimensions == 3 ? inside[i][1] : 0);
    const double end = i + 1 < inside.size() ? inside[i + 1][dimensions - 1]
                                             : reference[dimensions - 1];
    volume += slice.area() * (end - inside[i][dimensions - 1]);
  }
  return volume;
}

std::vector<Values> NonDominated(std::vector<Values> points) {
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  // A point is only dominated by one before it.
  std::vector<Values> front;
  for (Values& point : points) {
    const bool dominated =
        std::any_of(front.rbegin(), front.rend(), [&](const Values& other) {
          for (size_t i = 0; i < point.size(); ++i) {
            if (other[i] > point[i]) return false;
          }
          return true;
        });
    if (!dominated) front.push_back(std::move(point));
  }
  return front;
}

}  // namespace apogee
