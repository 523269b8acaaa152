#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/search/matrix.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// How many functions there are: sphere, ellipsoid, Rastrigin, Rosenbrock,
// discus, bent cigar, sharp ridge, different powers, Schaffer F7,
// Griewank-Rosenbrock.
inline constexpr int kHybridFunctions = 10;

// A function of reals and categories, after the experiments of ES-ENAS (Song et
// al., "ES-ENAS: Efficient evolutionary optimization for large hybrid search
// spaces", 2021): f(R (x - x_opt)), where R is a random rotation of all
// coordinates together. The reals are in [-5, 5] and best in [-4, 4]; the
// categories of a variable stand, shuffled, for evenly spaced values in
// [-5, 5]. The best value is 0.
struct HybridShape {
  int function;  // in [1, kHybridFunctions]
  int reals;
  int categoricals;
  int categories;
  int64_t instance;
};

class Hybrid {
 public:
  explicit Hybrid(const HybridShape& shape);

  // The reals, then the indices of the categories.
  double operator()(const std::vector<double>& x) const;
  // The best of them.
  const std::vector<double>& x_opt() const { return x_opt_; }

 private:
  // The values that x stands for.
  std::vector<double> Values(const std::vector<double>& x) const;

  HybridShape shape_;
  std::vector<std::vector<double>> values_;  // of categories
  std::vector<double> x_opt_;
  Matrix rotation_;
};

TestProblem HybridProblem(const HybridShape& shape);

}  // namespace apogee
