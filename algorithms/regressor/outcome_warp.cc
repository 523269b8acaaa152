#include "algorithms/regressor/outcome_warp.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace apogee {
namespace {

// In spreads: from here on differences count by their logarithm.
constexpr double kStraight = 2;
// Keeps what is undone finite.
constexpr double kLargest = 60;

double Compress(double x) {
  const double size = std::abs(x);
  if (size <= kStraight) return x;
  return std::copysign(kStraight + std::log1p(size - kStraight), x);
}

double Expand(double x) {
  const double size = std::abs(x);
  if (size <= kStraight) return x;
  return std::copysign(
      kStraight + std::expm1(std::min(size, kLargest) - kStraight), x);
}

double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

OutcomeWarp::OutcomeWarp(absl::Span<const double> values, bool maximize)
    : sign_(maximize ? 1 : -1),
      median_(Median({values.begin(), values.end()})) {
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) {
    distances.push_back(std::abs(value - median_));
  }
  // Half of a normal distribution is within .6745 deviations.
  spread_ = 2 * Median(distances) / .6745;
  const double largest = *std::max_element(distances.begin(), distances.end());
  // Values that are mostly equal have no spread but that of the others; values
  // that are all equal none at all.
  if (spread_ <= 1e-12 * largest) spread_ = largest;
  if (spread_ <= 1e-13 * std::abs(median_)) spread_ = std::abs(median_);
  if (!(spread_ >= 1e-300)) spread_ = 1;

  const auto count = static_cast<double>(values.size());
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += Compress((value - median_) / spread_);
  }
  mean_ = sum / count;
  for (const double value : values) {
    const double off = Compress((value - median_) / spread_) - mean_;
    squares += off * off;
  }
  deviation_ = std::max(std::sqrt(squares / count), 1e-3);
}

double OutcomeWarp::Warp(double value) const {
  return sign_ * (Compress((value - median_) / spread_) - mean_) / deviation_;
}

double OutcomeWarp::Unwarp(double warped) const {
  return median_ + spread_ * Expand(sign_ * warped * deviation_ + mean_);
}

}  // namespace apogee
