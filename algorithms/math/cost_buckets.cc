#include "algorithms/math/cost_buckets.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace apogee {
namespace {

// Sums this close, relative to the largest term, are the same.
constexpr double kRounding = 1e-10;
// From here on what matters about costs is their ratio.
constexpr double kWideRatio = 20;

double LargestMagnitude(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

}  // namespace

CostBuckets CostBuckets::Even(double low, double high, int count) {
  CostBuckets buckets;
  if (!(low < high) || !std::isfinite(high - low)) return buckets;
  const bool wide = low > 0 && high / low > kWideRatio;
  for (int i = 1; i < count; ++i) {
    const double share = static_cast<double>(i) / count;
    buckets.edges_.push_back(wide ? low * std::pow(high / low, share)
                                  : std::lerp(low, high, share));
  }
  return buckets;
}

CostBuckets CostBuckets::Distinct(std::vector<double> costs) {
  CostBuckets buckets;
  for (size_t i = 1; i < costs.size(); ++i) {
    buckets.edges_.push_back(std::midpoint(costs[i - 1], costs[i]));
  }
  return buckets;
}

int CostBuckets::Of(double cost) const {
  return static_cast<int>(std::upper_bound(edges_.begin(), edges_.end(), cost) -
                          edges_.begin());
}

double CostBuckets::Limit(int bucket) const {
  return bucket + 1 < size() ? edges_[bucket]
                             : std::numeric_limits<double>::infinity();
}

std::optional<std::vector<double>> DistinctSums(
    const std::vector<double>& costs, const std::vector<double>& more,
    size_t limit) {
  const double same =
      kRounding * std::max(LargestMagnitude(costs), LargestMagnitude(more));
  std::vector<double> distinct;
  for (const double addend : more) {
    std::vector<double> both;
    both.reserve(distinct.size() + costs.size());
    auto next = distinct.begin();
    for (const double cost : costs) {
      const double sum = cost + addend;
      for (; next != distinct.end() && *next <= sum; ++next) {
        both.push_back(*next);
      }
      both.push_back(sum);
    }
    both.insert(both.end(), next, distinct.end());
    distinct.clear();
    for (const double sum : both) {
      if (distinct.empty() || sum - distinct.back() > same) {
        distinct.push_back(sum);
      }
    }
    if (distinct.size() > limit) return std::nullopt;
  }
  return distinct;
}

}  // namespace apogee
