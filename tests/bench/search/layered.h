#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"

namespace apogee {

// A made-up network to choose layer by layer: each layer takes one of several
// options that cost more and, as a rule, are worth more; neighbours interact.
//   u_0 <= ... sorted from U(0, 1); c, w from U(0.5, 2) for each layer
//   cost   c (0.1 + 0.9 (s + u_s) / options), in whole thousandths
//   gain   w (sqrt((s + 1) / options) + 0.25 N(0, 1))
//   reward sum of gains + interaction * sum of N(0, 1)[s_l][s_(l+1)]
// Everything about it is known exactly. Immutable.
class Layered {
 public:
  // Two layers and two options at least.
  Layered(int layers, int options, double interaction, const Rng& rng);

  int layers() const { return layers_; }
  int options() const { return options_; }
  // Thousandths.
  int64_t Cost(const std::vector<int>& choice) const;
  double Reward(const std::vector<int>& choice) const;

  // The smallest and the largest cost there is.
  int64_t min_cost() const { return min_cost_; }
  int64_t max_cost() const { return max_cost_; }
  // The cost at this share of the way between the two.
  int64_t CostAt(double share) const;

  struct Oracle {
    double best;  // reward
    double mean;  // of all choices that cost no more, each as likely
  };
  // For choices of at most this cost, which is min_cost() or more.
  std::vector<Oracle> Solve(const std::vector<int64_t>& limits) const;
  // The standard deviation of the reward of a random choice.
  double RewardDeviation() const;

 private:
  double Pair(int layer, int from, int to) const {
    return pairs_[(layer * options_ + from) * options_ + to];
  }

  int layers_;
  int options_;
  std::vector<std::vector<int64_t>> costs_;
  std::vector<std::vector<double>> gains_;
  std::vector<double> pairs_;  // of layer and layer + 1
  int64_t min_cost_ = 0;
  int64_t max_cost_ = 0;
};

}  // namespace apogee
