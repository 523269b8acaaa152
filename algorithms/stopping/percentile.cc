#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// Stops what is not among the best `percentile` per cent: best values so far
// are compared with what finished trials had at best by the same step. A trial
// that was stopped keeps the best that it had.
class PercentileRule : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t step = trial.steps.back();
    const double best = *BestUpTo(trial, step);
    size_t compared = 0;
    size_t better = 0;
    for (const Curve* const curve : others) {
      if (curve->running) continue;
      if (const auto other = BestUpTo(*curve, step)) {
        ++compared;
        if (*other > best) ++better;
      }
    }
    if (const auto early = TooEarly(trial, compared, options)) return *early;
    const double share =
        100 * static_cast<double>(better) / static_cast<double>(compared);
    const bool worse = share >= options.percentile;
    return {
        worse,
        absl::StrCat("step ", step, ": best value ", options.Shown(best),
                     worse ? " is not among the best " : " is among the best ",
                     options.percentile, " %; ", better, " of ", compared,
                     " finished trials had a better one by then")};
  }

  std::vector<absl::string_view> Options() const override {
    return {"percentile"};
  }
};

}  // namespace

const Stopper* PercentileStopper() {
  static const PercentileRule& rule = *new PercentileRule;
  return &rule;
}

}  // namespace apogee
