#include "algorithms/gp/output_warp.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "boost/math/special_functions/erf.hpp"

namespace apogee {

using Eigen::VectorXd;

namespace {

// How much the logarithm bends the values.
constexpr double kOffset = 10;
// The label of a metric that is infinitely far from its threshold.
constexpr double kReach = 3;

// The standard normal distribution is below it with this probability.
double NormalQuantile(double probability) {
  return -M_SQRT2 * boost::math::erfc_inv(2 * probability);
}

double Median(std::vector<double> sorted) {
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1
             ? sorted[half]
             : sorted[half - 1] + (sorted[half] - sorted[half - 1]) / 2;
}

// Values below the median become what a normal distribution with the spread of
// the better half would have at their ranks.
class HalfRank {
 public:
  explicit HalfRank(std::vector<double> known) : sorted_(std::move(known)) {
    std::sort(sorted_.begin(), sorted_.end());
    median_ = Median(sorted_);
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    double sum = 0;
    double count = 0;
    for (const double each : sorted_) {
      if (each < median_) continue;
      // Divided first, so that nothing overflows.
      const double share = each / 2 - median_ / 2;
      largest_ = std::max(largest_, share);
      ++count;
    }
    for (const double each : sorted_) {
      if (each < median_ || largest_ == 0) continue;
      const double share = (each / 2 - median_ / 2) / largest_;
      sum += share * share;
    }
    spread_ = largest_ > 0 ? std::sqrt(sum / count) : 1;
    const auto place =
        std::lower_bound(sorted_.begin(), sorted_.end(), median_);
    below_ = static_cast<double>(place - sorted_.begin());
    if (place != sorted_.end() && *place == median_) below_ += 0.5;
  }

  // In units of the distance between the median and the best.
  double operator()(double value) const {
    if (value >= median_) {
      return largest_ > 0 ? (value / 2 - median_ / 2) / largest_ : 0;
    }
    const auto rank = static_cast<double>(
        std::lower_bound(sorted_.begin(), sorted_.end(), value) -
        sorted_.begin());
    return spread_ * NormalQuantile(0.5 * (rank + 0.5) / below_);
  }

 private:
  std::vector<double> sorted_;
  double median_;
  // Half of the way from the median to the best.
  double largest_ = 0;
  double spread_ = 1;
  // How many different values are below the median.
  double below_ = 0;
};

}  // namespace

VectorXd WarpObjective(absl::Span<const double> values) {
  VectorXd labels = VectorXd::Zero(static_cast<Eigen::Index>(values.size()));
  if (values.empty()) return labels;
  const HalfRank half_rank({values.begin(), values.end()});
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double best = half_rank(*high);
  const double range = best - half_rank(*low);
  if (range == 0) return labels;
  for (size_t i = 0; i < values.size(); ++i) {
    const double share = (best - half_rank(values[i])) / range;
    labels[static_cast<Eigen::Index>(i)] =
        0.5 - std::log1p(share * (kOffset - 1)) / std::log(kOffset);
  }
  return labels.array() - labels.mean();
}

VectorXd WarpConstraint(absl::Span<const double> values, double threshold) {
  // Halves, so that nothing overflows.
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double each : values) {
    distances.push_back(std::abs(each / 2 - threshold / 2));
  }
  std::sort(distances.begin(), distances.end());
  const double median = distances.empty() ? 0 : Median(distances);
  const double unit = median > 0 ? median : 1;
  VectorXd labels(static_cast<Eigen::Index>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    const double label = (values[i] / 2 - threshold / 2) / unit;
    labels[static_cast<Eigen::Index>(i)] = kReach * std::tanh(label / kReach);
  }
  return labels;
}

}  // namespace apogee
