#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/stopping/curve.h"

namespace apogee {

// What a rule decided, and why in one line for people.
struct StopDecision {
  bool should_stop = false;
  std::string reason = {};
};

// Defaults are those of options.proto, which says what they mean.
struct StopperOptions {
  int64_t min_steps = 0;
  int64_t min_trials = 5;
  double percentile = 25;
  int64_t eta = 3;
  int64_t max_steps = 0;  // not said
  double confidence = 0.95;
  double fraction = 0.25;
  // The values are those of a metric to minimize, negated. Reasons show them as
  // the user knows them.
  bool negated = false;

  // A value as the user knows it.
  double Shown(double value) const { return (negated ? -value : value) + 0.0; }
};

// A rule that says whether a running trial is worth going on with. Stateless
// and thread-safe: what it needs to know is in the arguments.
class Stopper {
 public:
  virtual ~Stopper() = default;
  // By one metric; `trial` has values. Others without values are allowed.
  virtual StopDecision Judge(const Curve& trial, Curves others,
                             const StopperOptions& options) const = 0;
  // What a trial is worth at this step, or nothing: the trial that is worth
  // most is never stopped.
  virtual std::optional<double> Worth(const Curve& curve, int64_t step) const {
    return BestUpTo(curve, step);
  }
  // The fields of `Stopping` (options.proto) that it takes beside rule,
  // min_steps and min_trials.
  virtual std::vector<absl::string_view> Options() const { return {}; }
};

// The decision not to judge because too few trials can be compared with, or the
// trial is not far enough; nothing when it can be judged.
std::optional<StopDecision> TooEarly(const Curve& trial, size_t compared,
                                     const StopperOptions& options);

inline constexpr char kDefaultStopper[] = "MEDIAN";
// The rule of that name (stoppers.inc), or null.
const Stopper* FindStopper(absl::string_view name);
// Names of all rules.
std::vector<std::string> StopperNames();

}  // namespace apogee
