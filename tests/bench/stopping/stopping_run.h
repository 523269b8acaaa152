#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "apogee/v1/options.pb.h"
#include "tests/bench/stopping/curve_table.h"

namespace apogee {

// One study over the settings of a table, in an order that follows from the
// seed.
struct StoppingPlan {
  apogee::v1::Stopping stopping = {};
  int workers = 8;
  // The study ends after so many trials, or when so many steps have been run.
  int64_t trials = 100;
  int64_t steps = 0;  // 0: no limit
  uint64_t seed = 1;
};

struct StoppingOutcome {
  int64_t trials = 0;     // that have ended
  int64_t stopped = 0;    // of these
  int64_t steps = 0;      // that were run
  int64_t all_steps = 0;  // that the same trials would have run to their ends
  // The best that was measured by the time of each step.
  std::vector<double> best;
  // The trial that would have become the best of all was stopped before it had.
  bool lost_best = false;
};

// Runs the study in virtual time as the service keeps it: each step is a
// measurement, and after each the study's rule is asked. Workers are
// asynchronous: the steps of a trial take as long as the setting has it.
absl::StatusOr<StoppingOutcome> RunStopping(const CurveTable& table,
                                            const StoppingPlan& plan);

}  // namespace apogee
