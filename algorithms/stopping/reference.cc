#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// Compares with one curve, that of the best finished trial, as the search of
// Zhou et al., "Brainformers: trading simplicity for efficiency", ICML 2023,
// does: from a fraction of its steps on, a trial is stopped that is worse than
// the reference was and has not been faster. Where nobody reports times, all
// trials are equally fast.
class ReferenceRule : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t step = trial.steps.back();
    size_t finished = 0;
    const Curve* reference = nullptr;
    double most = 0;
    for (const Curve* const curve : others) {
      if (curve->running || curve->steps.empty()) continue;
      ++finished;
      const double best = *BestUpTo(*curve, curve->steps.back());
      if (reference == nullptr || best > most) {
        reference = curve;
        most = best;
      }
    }
    if (const auto early = TooEarly(trial, finished, options)) return *early;
    const int64_t whole = reference->steps.back();
    if (static_cast<double>(step) <
        options.fraction * static_cast<double>(whole)) {
      return {false, absl::StrCat("step ", step, " is before ",
                                  options.fraction, " of the ", whole,
                                  " steps of trial ", reference->trial)};
    }
    const double best = *BestUpTo(trial, step);
    const auto other = BestUpTo(*reference, step);
    if (!other || best >= *other) {
      return {false, absl::StrCat("step ", step, ": best value ",
                                  options.Shown(best), " is no worse than ",
                                  other ? "that of the best finished trial, "
                                        : "nothing, which is what the best "
                                          "finished trial had by then, ",
                                  reference->trial)};
    }
    const double taken = trial.seconds.empty() ? 0 : trial.seconds.back();
    const double allowed = SecondsAt(*reference, step);
    const bool fast = taken < allowed;
    std::string reason =
        absl::StrCat("step ", step, ": best value ", options.Shown(best),
                     " is worse than ", options.Shown(*other),
                     ", that of the best finished trial, ", reference->trial);
    if (taken != allowed) {
      absl::StrAppend(&reason, fast ? ", but it took " : "; it took ", taken,
                      " s, that one ", allowed, " s");
    }
    return {!fast, std::move(reason)};
  }

  std::vector<absl::string_view> Options() const override {
    return {"fraction"};
  }

 private:
  // At the last measurement up to `step`.
  static double SecondsAt(const Curve& curve, int64_t step) {
    double seconds = 0;
    for (size_t i = 0; i < curve.seconds.size() && curve.steps[i] <= step;
         ++i) {
      seconds = curve.seconds[i];
    }
    return seconds;
  }
};

}  // namespace

const Stopper* ReferenceStopper() {
  static const ReferenceRule& rule = *new ReferenceRule;
  return &rule;
}

}  // namespace apogee
