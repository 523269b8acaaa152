#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// The middle one, or halfway between the middle two. Not of none.
double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

// The median stopping rule of Golovin et al., "Google Vizier: a service for
// black-box optimization", KDD 2017, section 3.2. A trial that was stopped
// counts with the average of what it measured.
class MedianRule : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t step = trial.steps.back();
    std::vector<double> means;
    for (const Curve* const curve : others) {
      if (curve->running) continue;
      if (const auto mean = MeanUpTo(*curve, step)) means.push_back(*mean);
    }
    if (const auto early = TooEarly(trial, means.size(), options)) {
      return *early;
    }
    const double best = *BestUpTo(trial, step);
    const double median = Median(means);
    const bool worse = best < median;
    return {
        worse,
        absl::StrCat("step ", step, ": best value ", options.Shown(best),
                     worse ? " is worse than " : " is no worse than ",
                     options.Shown(median), ", the median of the averages of ",
                     means.size(), " finished trials")};
  }
};

}  // namespace

const Stopper* MedianStopper() {
  static const MedianRule& rule = *new MedianRule;
  return &rule;
}

}  // namespace apogee
