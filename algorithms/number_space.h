#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// Numeric dimensions of a search space seen as places in [0, 1] between which
// one can move as far as one likes: of a list of numbers the first is at 0, the
// last at 1, and each as far from the next. Immutable.
class NumberSpace {
 public:
  // `space` outlives this object.
  NumberSpace(const SearchSpace* space, std::vector<int> dimensions);

  absl::Span<const int> dimensions() const { return dimensions_; }
  // Whether every place is a value.
  bool IsContinuous(size_t number) const;
  // The places of the declared defaults, the middle where there is none.
  std::vector<double> Defaults() const;
  // Sets the coordinates of the dimensions. Between two values the upper one
  // is taken when the way there plus a share, asked for each dimension that is
  // not continuous, is 1 or more: 0.5 takes the nearest, a random share in
  // [0, 1) each with the probability that it is near.
  void Place(absl::Span<const double> places,
             absl::FunctionRef<double()> next_share, Point& point) const;

 private:
  double Coordinate(int dimension, double place, double share) const;

  const SearchSpace* space_;
  std::vector<int> dimensions_;
};

}  // namespace apogee
