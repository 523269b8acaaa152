#pragma once

#include <vector>

#include "absl/types/span.h"
#include "base/rng.h"

namespace apogee {

// Independent categorical variables whose probabilities follow the natural
// gradient of what was selected, with a step size that adapts to how much the
// gradient can be trusted (Akimoto et al., "Adaptive stochastic natural
// gradient method for one-shot neural architecture search", ICML 2019). No
// probability falls below the margin, so that no value is ever lost (Hamano et
// al., "CatCMA with margin", GECCO 2025).
class Asng {
 public:
  // A variable that had no influence on the rank of a sample.
  static constexpr int kNoChoice = -1;

  // Each variable has 2 values or more. In a share of 1 - margin of the samples
  // a variable that has converged takes its likely value; 0 < margin < 0.5.
  Asng(const std::vector<int>& cardinalities, double margin);

  // One value for each variable.
  std::vector<int> Sample(RandomStream& random) const;

  // Learns the good samples of a generation, best first, with weights that sum
  // to 1.
  void Update(absl::Span<const std::vector<int>> good,
              absl::Span<const double> weights);

  // Of each value of a variable.
  const std::vector<double>& probabilities(int variable) const {
    return probabilities_[variable];
  }

 private:
  void KeepMargin(std::vector<double>& q) const;

  double margin_;
  std::vector<std::vector<double>> probabilities_;
  // The step is 1 / caution.
  double caution_ = 1;
  // Where the gradients point together, in coordinates in which the Fisher
  // matrix is the identity, and how long it would be by chance.
  std::vector<double> direction_;
  double chance_ = 0;
};

}  // namespace apogee
