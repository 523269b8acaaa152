#pragma once

#include <vector>

#include "absl/types/span.h"
#include "tests/bench/search/matrix.h"

namespace apogee {

// One of the 24 noise-free functions of the BBOB suite, in one of its
// instances: to be minimized on [-5, 5]^dimension. The values are COCO's.
// (Hansen, Finck, Ros, Auger, "Real-parameter black-box optimization
// benchmarking 2009: noiseless functions definitions", INRIA RR-6829.)
class Bbob {
 public:
  static constexpr int kFunctions = 24;

  // `function` in [1, kFunctions], `dimension` 2 or more, `instance` 1 or more.
  Bbob(int function, int dimension, int instance);

  double operator()(absl::Span<const double> x) const;
  // The best point and its value.
  const std::vector<double>& x_opt() const { return x_opt_; }
  double f_opt() const { return f_opt_; }

 private:
  // Of functions 21 and 22.
  struct Peak {
    double height;
    std::vector<double> scales;
    std::vector<double> center;  // rotated
  };

  void MakePeaks(int64_t seed);
  // Without f_opt.
  double Evaluate(absl::Span<const double> x) const;
  double StepEllipsoid(absl::Span<const double> x) const;
  double Schwefel(absl::Span<const double> x) const;
  double Gallagher(absl::Span<const double> x) const;
  double Lunacek(absl::Span<const double> x) const;

  int function_;
  int dimension_;
  std::vector<double> x_opt_;
  double f_opt_;
  // Two independent rotations, and their product with what the function
  // stretches in between.
  Matrix r_;
  Matrix q_;
  Matrix rq_;
  std::vector<Peak> peaks_;
};

// What the names of the functions are: "Sphere" for 1.
const char* BbobName(int function);

}  // namespace apogee
