#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace apogee {

// One metric of one trial over its steps, always to be maximized. Steps rise.
struct Curve {
  std::vector<int64_t> steps;
  std::vector<double> values;
};

// What a rule decided, and why in one line for people.
struct StopDecision {
  bool should_stop = false;
  std::string reason;
};

struct StopperOptions {
  // A trial is not judged before this step.
  int64_t min_steps = 0;
  // Nothing is judged before this many trials have finished.
  int64_t min_trials = 5;
  // The values are those of a metric to minimize, negated. Reasons show them as
  // the user knows them.
  bool negated = false;
};

// A rule that says whether a running trial is worth going on with. Stateless
// and thread-safe: what it needs to know is in the arguments.
class Stopper {
 public:
  virtual ~Stopper() = default;
  virtual StopDecision Judge(const Curve& trial,
                             absl::Span<const Curve> finished,
                             const StopperOptions& options) const = 0;
};

// The rule of that name (stoppers.inc), or null. Empty means MEDIAN.
const Stopper* FindStopper(absl::string_view name);
// Names of all rules.
std::vector<std::string> StopperNames();

}  // namespace apogee
