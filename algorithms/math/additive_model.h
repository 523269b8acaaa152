#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/effects.h"

namespace apogee {

// Fits effects to examples: ridge regression on one-hot columns, solved term by
// term ("backfitting": Buja, Hastie and Tibshirani, "Linear smoothers and
// additive models", 1989). Pairs get what layers leave over, and need more
// examples to be believed.
class AdditiveModel {
 public:
  // The number of options of each layer, 256 at most.
  AdditiveModel(absl::Span<const int> options, bool with_pairs,
                int64_t first_fit);

  // `y` is finite. Fits after `first_fit` examples and then whenever there are
  // an eighth more than at the last time, so that all fits together take time
  // in proportion to examples times terms of an example; returns whether it
  // did.
  bool Add(const std::string& choice, double y);

  int64_t examples() const { return static_cast<int64_t>(y_.size()); }
  // Terms of options never seen are 0.
  const Effects& effects() const { return effects_; }
  // How far the examples between the last two fits typically were from what
  // was expected of them; 0 if there were none.
  double deviation() const { return deviation_; }

 private:
  void Fit();
  template <typename Cell>
  void FitTerms(double ridge, Cell cell, std::vector<double>& terms);

  Effects effects_;
  // By layer, then example: the options.
  std::vector<std::string> columns_;
  std::vector<double> y_;
  std::vector<double> residuals_;
  bool is_fitted_ = false;
  double squares_ = 0;  // of errors since the last fit
  int unseen_ = 0;      // how many
  int64_t next_fit_;
  double deviation_ = 0;
};

}  // namespace apogee
