#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {

// A trial as rules see it, with a curve for each metric of its study. That of
// an objective has only measurements that kept the constraints; that of a
// constraint has by how much it was missed, negative, or 0.
struct TrialCurves {
  std::vector<Curve> metrics = {};
};

struct StoppingMetric {
  std::string id = {};
  bool is_constraint = false;
  bool minimize = false;
};

// Judges a trial by all metrics of its study.
//
// A trial that has missed a constraint all the time is judged by how much it
// has: it is stopped when the rule says so of one such constraint. Otherwise it
// is stopped when the rule says so of every objective, and another trial is
// worth no less in any of them, and more in one, by the steps it has come to:
// what is on the Pareto front so far goes on.
StopDecision JudgeTrial(const Stopper& rule,
                        absl::Span<const StoppingMetric> metrics,
                        const TrialCurves& trial,
                        absl::Span<const TrialCurves* const> others,
                        StopperOptions options);

}  // namespace apogee
