#include "algorithms/stopping/curve.h"

#include <algorithm>

namespace apogee {

std::optional<double> BestUpTo(const Curve& curve, int64_t step) {
  std::optional<double> best;
  for (size_t i = 0; i < curve.steps.size() && curve.steps[i] <= step; ++i) {
    best = std::max(curve.values[i], best.value_or(curve.values[i]));
  }
  return best;
}

std::optional<double> MeanUpTo(const Curve& curve, int64_t step) {
  double mean = 0;
  int64_t count = 0;
  for (size_t i = 0; i < curve.steps.size() && curve.steps[i] <= step; ++i) {
    // Their difference may be too large for a number.
    const auto n = static_cast<double>(++count);
    mean += curve.values[i] / n - mean / n;
  }
  if (count == 0) return std::nullopt;
  return mean;
}

std::optional<double> BestOnReaching(const Curve& curve, int64_t step) {
  const auto reached =
      std::lower_bound(curve.steps.begin(), curve.steps.end(), step);
  if (reached == curve.steps.end()) return std::nullopt;
  return BestUpTo(curve, *reached);
}

}  // namespace apogee
