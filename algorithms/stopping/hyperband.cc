#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/rungs.h"
#include "algorithms/stopping/stopper.h"
#include "base/rng.h"

namespace apogee {
namespace {

// Trials are told apart by it, whatever the study.
constexpr uint64_t kSeed = 0;

// Hyperband (Li et al., JMLR 2018) without waiting: brackets of successive
// halving with first rungs at min_steps, min_steps * eta, ...; the last one
// stops nothing. Each trial belongs to one bracket, drawn in the proportions of
// the paper, and is compared within it.
class Hyperband : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t first = std::max<int64_t>(options.min_steps, 1);
    const int64_t bracket = BracketOf(trial.trial, first, options);
    int64_t rung = first;
    for (int64_t i = 0; i < bracket; ++i) rung *= options.eta;
    StopDecision decision{.reason = "its trials run to their end"};
    if (rung <= options.max_steps / options.eta) {
      std::vector<const Curve*> peers;
      for (const Curve* const other : others) {
        if (BracketOf(other->trial, first, options) == bracket) {
          peers.push_back(other);
        }
      }
      decision = JudgeAtRung(trial, peers, rung, options);
    }
    decision.reason =
        absl::StrCat("bracket ", bracket + 1, ", ", decision.reason);
    return decision;
  }

  std::vector<absl::string_view> Options() const override {
    return {"eta", "max_steps"};
  }

 private:
  // 0 for the bracket with the earliest rung. The one with `halvings` rungs
  // below max_steps has a share of eta^halvings / (halvings + 1).
  static int64_t BracketOf(int64_t trial, int64_t first,
                           const StopperOptions& options) {
    int64_t most = 0;
    for (int64_t rung = first; rung <= options.max_steps / options.eta;
         rung *= options.eta) {
      ++most;
    }
    const auto share = [&](int64_t halvings) {
      return std::ceil(std::pow(options.eta, halvings) *
                       static_cast<double>(most + 1) /
                       static_cast<double>(halvings + 1));
    };
    double total = 0;
    for (int64_t halvings = 0; halvings <= most; ++halvings) {
      total += share(halvings);
    }
    double draw = Rng(kSeed).At(static_cast<uint64_t>(trial)).Uniform() * total;
    int64_t halvings = most;
    while (halvings > 0 && draw >= share(halvings)) draw -= share(halvings--);
    return most - halvings;
  }
};

}  // namespace

const Stopper* HyperbandStopper() {
  static const Hyperband& rule = *new Hyperband;
  return &rule;
}

}  // namespace apogee
