#pragma once

#include <cstdint>
#include <vector>

namespace apogee {

// The points, among those added, that no other point dominates: at least as
// large in every coordinate and larger in one. Equal points all stay.
class ParetoFront {
 public:
  // `point` has as many coordinates as all others, none of them NaN.
  // O(log front) and a shift for up to two coordinates, O(front) for more.
  void Add(int64_t id, std::vector<double> point);

  // Ids of the points, rising.
  std::vector<int64_t> Ids() const;

 private:
  struct Member {
    std::vector<double> point;
    std::vector<int64_t> ids;
  };

  // By point, descending in lexicographic order.
  std::vector<Member> members_;
};

}  // namespace apogee
