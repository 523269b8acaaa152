#pragma once

#include "absl/status/statusor.h"
#include "tests/bench/search/arguments.h"
#include "tests/bench/search/experiment.h"
#include "tests/bench/search/suites.h"

namespace apogee {

// What the arguments ask for; `suite` is the one they name, or null.
// INVALID_ARGUMENT, NOT_FOUND  names what is wrong, and the cure
absl::StatusOr<Experiment> ReadExperiment(const Arguments& arguments,
                                          const Suite* suite);

}  // namespace apogee
