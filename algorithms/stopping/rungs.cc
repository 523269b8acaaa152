#include "algorithms/stopping/rungs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace apogee {

StopDecision JudgeAtRung(const Curve& trial, Curves others, int64_t first,
                         const StopperOptions& options) {
  const int64_t step = trial.steps.back();
  if (step < first) {
    return {false, absl::StrCat("step ", step, " is before step ", first,
                                ", the first rung")};
  }
  int64_t rung = first;
  while (rung <= step / options.eta) rung *= options.eta;
  const double best = *BestOnReaching(trial, rung);
  int64_t compared = 0;
  int64_t better = 0;
  for (const Curve* const curve : others) {
    if (const auto other = BestOnReaching(*curve, rung)) {
      ++compared;
      if (*other > best) ++better;
    }
  }
  const int64_t needed = std::max(options.min_trials, options.eta - 1);
  if (compared < needed) {
    return {false, absl::StrCat(compared, " of the ", needed,
                                " other trials needed have come to the rung at "
                                "step ",
                                rung)};
  }
  // The best 1/eta, rounded up.
  const int64_t stay = compared / options.eta + 1;
  const bool worse = better >= stay;
  return {worse, absl::StrCat("step ", step, ": value ", options.Shown(best),
                              worse ? " is not among" : " is among",
                              " the best ", stay, " of ", compared + 1,
                              " trials at the rung at step ", rung)};
}

}  // namespace apogee
