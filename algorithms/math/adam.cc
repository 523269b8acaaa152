#include "algorithms/math/adam.h"

#include <cmath>

namespace apogee {

constexpr double kMeanDecay = 0.9;
constexpr double kSquareDecay = 0.999;

void Adam::Step(const std::vector<double>& gradient, std::vector<double>& x) {
  mean_left_ *= kMeanDecay;
  square_left_ *= kSquareDecay;
  for (size_t i = 0; i < x.size(); ++i) {
    mean_[i] += (1 - kMeanDecay) * (gradient[i] - mean_[i]);
    square_[i] += (1 - kSquareDecay) * (gradient[i] * gradient[i] - square_[i]);
    x[i] += learning_rate_ * mean_[i] / (1 - mean_left_) /
            (std::sqrt(square_[i] / (1 - square_left_)) + 1e-8);
  }
}

}  // namespace apogee
