#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// A part of a space that shrinks parameter by parameter, and the yes-or-no
// questions that would halve it further. A parameter of up to 16 values or
// categories keeps a list of values, any other an interval of its scale.
class Region {
 public:
  // Whether a parameter lies in the upper half of what is left of it or, for
  // three categories or more, whether it is a certain one.
  struct Question {
    int dimension;
    int64_t category;  // value index; kUpperHalf for the other question
  };
  static constexpr int64_t kUpperHalf = -1;

  // All of the space, which outlives this.
  explicit Region(const SearchSpace* space);

  // A point at random: even within the region.
  Point Draw(RandomStream& random) const;
  // One coordinate of it. Its parents may make it inactive.
  double DrawCoordinate(int dimension, RandomStream& random) const;
  bool Contains(const Point& point) const;

  // Those that have not been answered by the region itself.
  std::vector<Question> Questions() const;
  // 1 for yes, -1 for no, 0 where the parameter is inactive.
  int8_t Answer(const Question& question, const Point& point) const;
  // Leaves only the points with this answer (and those without); a no to the
  // last category that is left is ignored.
  void Restrict(const Question& question, bool yes);

 private:
  struct Part {
    // Of the values, rising; empty for an interval.
    std::vector<int64_t> values;
    // Shares of the parameter's natural distribution (SearchSpace::Quantile).
    double low = 0;
    double high = 1;
  };

  double Middle(int dimension) const;

  const SearchSpace* space_;
  std::vector<Part> parts_;
};

}  // namespace apogee
