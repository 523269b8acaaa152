#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// Lets every trial run to its end.
class None : public Stopper {
 public:
  StopDecision Judge(const Curve& /*trial*/, Curves /*others*/,
                     const StopperOptions& /*options*/) const override {
    return {false, "the rule NONE never stops a trial"};
  }
};

}  // namespace

const Stopper* NoneStopper() {
  static const None& rule = *new None;
  return &rule;
}

}  // namespace apogee
