#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// Fits y ~ base + a term for the option of each layer, from examples: ridge
// regression on one-hot columns, solved layer by layer ("backfitting": Buja,
// Hastie and Tibshirani, "Linear smoothers and additive models", 1989).
class AdditiveModel {
 public:
  // The number of options of each layer, 256 at most.
  explicit AdditiveModel(absl::Span<const int> options);

  // Byte i of `options` is the option of layer i. `y` is finite.
  void Add(std::string options, double y);
  // Fits all examples; starts from what was fitted before. Takes time in
  // proportion to examples times layers. Needs an example.
  void Fit();

  int examples() const { return static_cast<int>(y_.size()); }
  double base() const { return base_; }
  // Terms of the options of each layer; 0 for options never seen.
  const std::vector<std::vector<double>>& terms() const { return terms_; }
  // Standard deviation of an example around the model.
  double deviation() const { return deviation_; }

 private:
  // One pass over the layers.
  void Sweep(std::vector<double>& residuals);

  std::vector<std::string> options_;
  std::vector<double> y_;
  double base_ = 0;
  std::vector<std::vector<double>> terms_;
  double deviation_ = 0;
};

}  // namespace apogee
