#pragma once

#include <cstddef>
#include <vector>

namespace apogee {

// Gradient ascent in which each coordinate has a step of its own. (Kingma and
// Ba, "Adam: a method for stochastic optimization", ICLR 2015; betas 0.9 and
// 0.999.)
class Adam {
 public:
  Adam() = default;
  Adam(size_t size, double learning_rate)
      : learning_rate_(learning_rate), mean_(size), square_(size) {}

  // Moves `x` up the gradient.
  void Step(const std::vector<double>& gradient, std::vector<double>& x);

 private:
  double learning_rate_ = 0;
  std::vector<double> mean_;
  std::vector<double> square_;
  // 0.9 and 0.999 to the number of steps.
  double mean_left_ = 1;
  double square_left_ = 1;
};

}  // namespace apogee
