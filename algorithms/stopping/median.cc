#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// The largest finite value, or nothing when there is none.
std::optional<double> Best(const Curve& curve) {
  std::optional<double> best;
  for (const double value : curve.values) {
    if (std::isfinite(value)) best = std::max(value, best.value_or(value));
  }
  return best;
}

// The mean of the finite values up to and with `step`, or nothing.
std::optional<double> MeanUpTo(const Curve& curve, int64_t step) {
  double mean = 0;
  int64_t count = 0;
  for (size_t i = 0; i < curve.steps.size() && curve.steps[i] <= step; ++i) {
    if (!std::isfinite(curve.values[i])) continue;
    ++count;
    mean += (curve.values[i] - mean) / static_cast<double>(count);
  }
  if (count == 0) return std::nullopt;
  return mean;
}

// The middle one, or halfway between the middle two. Not of none.
double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

// The median stopping rule of Golovin et al., "Google Vizier: a service for
// black-box optimization", KDD 2017, section 3.2.
class MedianRule : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, absl::Span<const Curve> finished,
                     const StopperOptions& options) const override {
    const std::optional<double> best = Best(trial);
    if (!best.has_value()) return {false, "nothing has been measured yet"};
    const int64_t step = trial.steps.back();
    if (step < options.min_steps) {
      return {false,
              absl::StrCat("step ", step, " is before step ", options.min_steps,
                           ", the first that is judged")};
    }
    std::vector<double> means;
    for (const Curve& curve : finished) {
      const std::optional<double> mean = MeanUpTo(curve, step);
      if (mean.has_value()) means.push_back(*mean);
    }
    const int64_t needed = std::max<int64_t>(options.min_trials, 1);
    if (static_cast<int64_t>(means.size()) < needed) {
      return {false, absl::StrCat(means.size(), " of the ", needed,
                                  " finished trials needed to compare with "
                                  "have measurements up to step ",
                                  step)};
    }
    const double median = Median(means);
    const bool worse = *best < median;
    const double sign = options.negated ? -1 : 1;
    return {worse, absl::StrCat(
                       "step ", step, ": best value ", sign * *best + 0.0,
                       worse ? " is worse than " : " is no worse than ",
                       sign * median + 0.0, ", the median of the averages of ",
                       means.size(), " finished trials")};
  }
};

}  // namespace

const Stopper* MedianStopper() {
  static const MedianRule& rule = *new MedianRule;
  return &rule;
}

}  // namespace apogee
