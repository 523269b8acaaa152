#include <algorithm>
#include <vector>

#include "algorithms/stopping/rungs.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// Li et al., "A system for massively parallel hyperparameter tuning", MLSys
// 2020, in the form that stops trials instead of promoting them.
class Asha : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    return JudgeAtRung(trial, others, std::max<int64_t>(options.min_steps, 1),
                       options);
  }

  std::vector<absl::string_view> Options() const override { return {"eta"}; }
};

}  // namespace

const Stopper* AshaStopper() {
  static const Asha& rule = *new Asha;
  return &rule;
}

}  // namespace apogee
