#pragma once

#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"
#include "base/rng.h"

namespace apogee {

// One level for each variable: 0 .. (its number of levels - 1).
using Levels = std::vector<int>;

// A sum of one number for each level of each variable and one for each pair of
// levels of two variables.
class PairwiseFunction {
 public:
  explicit PairwiseFunction(absl::Span<const int> level_counts);

  // How many numbers there are. O(variables^2).
  static double Size(absl::Span<const int> level_counts);

  // Calls visit(number, is_pair) for the numbers that make up the value at x.
  template <typename Visit>
  void ForEachPart(const Levels& x, Visit visit) {
    for (size_t i = 0; i < x.size(); ++i) {
      visit(single_[single_start_[i] + x[i]], false);
      for (size_t j = i + 1; j < x.size(); ++j) {
        visit(pair_[PairIndex(i, x[i], j, x[j])], true);
      }
    }
  }
  std::vector<double>& singles() { return single_; }
  std::vector<double>& pairs() { return pair_; }

  // By how much the value rises when variable i of x takes `level`.
  // O(variables).
  double Gain(const Levels& x, size_t i, int level) const;

 private:
  // For i < j.
  size_t PairIndex(size_t i, int level_i, size_t j, int level_j) const {
    return pair_start_[i * counts_.size() + j] +
           static_cast<size_t>(level_i) * counts_[j] + level_j;
  }
  double Parts(const Levels& x, size_t i, int level) const;

  std::vector<size_t> counts_;
  std::vector<size_t> single_start_;
  std::vector<size_t> pair_start_;
  std::vector<double> single_;
  std::vector<double> pair_;
};

// Bayesian linear regression on the levels and pairs of levels of some
// variables. All single effects have one normal prior, all pairs another; their
// variances and the noise are those of a small grid under which the data are
// likeliest (of the first 64 rows), scaled to the data.
class PairwiseModel {
 public:
  // O(rows^2 (rows + variables)). At least one row; `values` are finite.
  PairwiseModel(std::vector<int> level_counts, std::vector<Levels> rows,
                absl::Span<const double> values);

  // A function drawn from the posterior, but for a constant.
  // O(rows variables^2 + rows^2 + size of the function).
  PairwiseFunction Sample(RandomStream& random) const;

 private:
  struct Shares {
    double pairs;  // of what is not noise
    double noise;
  };

  // Cholesky's, of the covariance of the first rows.
  Eigen::MatrixXd Factor(Eigen::Index rows, const Shares& shares) const;

  std::vector<int> level_counts_;
  std::vector<Levels> rows_;
  Eigen::VectorXd values_;     // standardized
  Eigen::MatrixXd agreement_;  // number of equal levels of two rows
  Shares shares_;
  double scale_ = 1;  // of all variances
  Eigen::MatrixXd factor_;
};

}  // namespace apogee
