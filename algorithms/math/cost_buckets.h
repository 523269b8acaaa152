#pragma once

#include <optional>
#include <vector>

namespace apogee {

// Cuts costs into numbered buckets, cheap ones first. Immutable.
class CostBuckets {
 public:
  // One for all.
  CostBuckets() = default;
  // `count` over [low, high], of equal width; of equal ratio when costs are
  // positive and high is more than 20 times low. Costs beyond an end belong to
  // the bucket there. One for all when the range is empty or not finite.
  static CostBuckets Even(double low, double high, int count);
  // One for each of `costs`, which are finite and rise, one or more. Other
  // costs belong to the nearest.
  static CostBuckets Distinct(std::vector<double> costs);

  int size() const { return static_cast<int>(edges_.size()) + 1; }
  // The bucket of a cost that is not NaN.
  int Of(double cost) const;
  // What no cost of a bucket exceeds; infinite for the last.
  double Limit(int bucket) const;

 private:
  // Bucket i ends, and bucket i + 1 begins, at edges_[i]; rising.
  std::vector<double> edges_;
};

// The different sums of a cost of `costs` (rising) and one of `more`, rising;
// nothing when there are more than `limit`. Sums that only rounding tells apart
// are the same.
std::optional<std::vector<double>> DistinctSums(
    const std::vector<double>& costs, const std::vector<double>& more,
    size_t limit);

}  // namespace apogee
