#include "algorithms/math/pairwise_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "algorithms/math/dense.h"
#include "base/check.h"
#include "boost/random/normal_distribution.hpp"

namespace apogee {

using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr Eigen::Index kRowsForShares = 64;

// The prior variance of a constant, in variances of everything else. Values are
// centered, so it only has to cover the error of their average.
constexpr double kConstant = 1;

double Pairs(double n) { return std::max(1.0, n * (n - 1) / 2); }

void FillWithNormals(double deviation, RandomStream& random,
                     std::vector<double>& values) {
  // By a ziggurat: five times as fast as RandomStream::Normal, which counts
  // when there are ten thousand.
  boost::random::normal_distribution<double> normal(0, deviation);
  for (double& each : values) each = normal(random);
}

}  // namespace

PairwiseFunction::PairwiseFunction(absl::Span<const int> level_counts)
    : counts_(level_counts.begin(), level_counts.end()),
      pair_start_(counts_.size() * counts_.size()) {
  size_t singles = 0;
  size_t pairs = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    single_start_.push_back(singles);
    singles += counts_[i];
    for (size_t j = i + 1; j < counts_.size(); ++j) {
      pair_start_[i * counts_.size() + j] = pairs;
      pairs += counts_[i] * counts_[j];
    }
  }
  single_.assign(singles, 0);
  pair_.assign(pairs, 0);
}

double PairwiseFunction::Size(absl::Span<const int> level_counts) {
  double singles = 0;
  double squares = 0;
  for (const double count : level_counts) {
    singles += count;
    squares += count * count;
  }
  return singles + (singles * singles - squares) / 2;
}

double PairwiseFunction::Parts(const Levels& x, size_t i, int level) const {
  double sum = single_[single_start_[i] + level];
  for (size_t j = 0; j < i; ++j) sum += pair_[PairIndex(j, x[j], i, level)];
  for (size_t j = i + 1; j < x.size(); ++j) {
    sum += pair_[PairIndex(i, level, j, x[j])];
  }
  return sum;
}

double PairwiseFunction::Gain(const Levels& x, size_t i, int level) const {
  return Parts(x, i, level) - Parts(x, i, x[i]);
}

PairwiseModel::PairwiseModel(std::vector<int> level_counts,
                             std::vector<Levels> rows,
                             absl::Span<const double> values)
    : level_counts_(std::move(level_counts)), rows_(std::move(rows)) {
  const auto n = static_cast<Eigen::Index>(rows_.size());
  values_ = VectorXd::Map(values.data(), n);
  values_.array() -= values_.mean();
  const double spread =
      std::sqrt(values_.squaredNorm() / static_cast<double>(n));
  if (spread > 0) values_ /= spread;

  agreement_.resize(n, n);
  for (Eigen::Index a = 0; a < n; ++a) {
    for (Eigen::Index b = 0; b <= a; ++b) {
      int equal = 0;
      for (size_t i = 0; i < level_counts_.size(); ++i) {
        equal += rows_[a][i] == rows_[b][i] ? 1 : 0;
      }
      agreement_(a, b) = agreement_(b, a) = equal;
    }
  }

  const Eigen::Index some = std::min(n, kRowsForShares);
  double best = -std::numeric_limits<double>::infinity();
  for (const double pairs : {0.1, 0.3, 0.6, 0.9}) {
    for (const double noise : {0.001, 0.03, 0.3}) {
      const MatrixXd factor = Factor(some, {pairs, noise});
      VectorXd half = values_.head(some);
      SolveLower(factor, half);
      const double scale =
          std::max(1e-6, half.squaredNorm() / static_cast<double>(some));
      // The log-likelihood at the best scale, but for a constant.
      const double likelihood =
          -0.5 * static_cast<double>(some) * std::log(scale) -
          factor.diagonal().array().log().sum();
      if (likelihood > best) {
        best = likelihood;
        scale_ = scale;
        shares_ = {pairs, noise};
      }
    }
  }
  factor_ = Factor(n, shares_);
}

MatrixXd PairwiseModel::Factor(Eigen::Index rows, const Shares& shares) const {
  const auto n = static_cast<double>(level_counts_.size());
  const auto equal = agreement_.topLeftCorner(rows, rows).array();
  const double single =
      (1 - shares.noise) * (1 - shares.pairs) / std::max(1.0, n);
  const double pair = (1 - shares.noise) * shares.pairs / Pairs(n);
  MatrixXd covariance =
      kConstant + single * equal + pair * equal * (equal - 1) / 2;
  covariance.diagonal().array() += shares.noise;
  // The noise keeps it well away from the singular ones.
  APOGEE_CHECK(FactorInPlace(covariance));
  return covariance;
}

PairwiseFunction PairwiseModel::Sample(RandomStream& random) const {
  // A draw from the prior is corrected by what it leaves unexplained of the
  // data (Bhattacharya et al., "Fast sampling with Gaussian scale-mixture
  // priors in high-dimensional regression", 2016).
  const auto n = static_cast<double>(level_counts_.size());
  const double single =
      scale_ * (1 - shares_.noise) * (1 - shares_.pairs) / std::max(1.0, n);
  const double pair = scale_ * (1 - shares_.noise) * shares_.pairs / Pairs(n);
  PairwiseFunction function(level_counts_);
  FillWithNormals(std::sqrt(single), random, function.singles());
  FillWithNormals(std::sqrt(pair), random, function.pairs());
  const double constant = std::sqrt(scale_ * kConstant) * random.Normal();
  VectorXd unexplained = values_;
  for (size_t row = 0; row < rows_.size(); ++row) {
    double drawn =
        constant + std::sqrt(scale_ * shares_.noise) * random.Normal();
    function.ForEachPart(rows_[row],
                         [&](double& part, bool) { drawn += part; });
    unexplained[static_cast<Eigen::Index>(row)] -= drawn;
  }
  VectorXd weights = unexplained / scale_;
  SolveLower(factor_, weights);
  SolveLowerTransposed(factor_, weights);
  for (size_t row = 0; row < rows_.size(); ++row) {
    const double weight = weights[static_cast<Eigen::Index>(row)];
    function.ForEachPart(rows_[row], [&](double& part, bool is_pair) {
      part += (is_pair ? pair : single) * weight;
    });
  }
  return function;
}

}  // namespace apogee
