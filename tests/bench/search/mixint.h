#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tests/bench/search/bbob.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// A BBOB function of whole numbers and reals, as in COCO's suite bbob-mixint:
// each fifth of the variables takes 2, 4, 8 and 16 whole values from 0, and the
// last fifth is real, in [-5, 5]. (Tusar, Brockhoff, Hansen, "Mixed-integer
// benchmark problems for single- and bi-objective optimization", GECCO 2019.)
class Mixint {
 public:
  // `dimension` is a multiple of 5.
  Mixint(int function, int dimension, int instance);

  double operator()(absl::Span<const double> x) const;
  const std::vector<double>& x_opt() const { return x_opt_; }
  double f_opt() const { return scale_ * bbob_.f_opt(); }
  // How many values variable i takes; 0 for a real one.
  int Values(int i) const;

 private:
  // Where BBOB sees the whole value `x` of variable i, before the offset.
  double Place(int i, double x) const;

  Bbob bbob_;
  int dimension_;
  // Brings the values of all functions to a like order of magnitude.
  double scale_;
  std::vector<double> x_opt_;
  // Moves the grid so that the optimum lies on it.
  std::vector<double> offset_;
};

TestProblem MixintProblem(int function, int dimension, int instance);

}  // namespace apogee
