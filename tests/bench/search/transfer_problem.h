#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/search/families.h"
#include "tests/bench/search/tasks.h"

namespace apogee {

// What is told of the other tasks.
enum class Hearsay {
  kTrue,
  // As if their best was their worst.
  kFlipped,
};

// The search of each task of a family, instance by instance, with a background:
// 100 random trials of each of some other tasks. The regret is a share of the
// distance between the median of all settings and the best.
ProblemChoice TransferProblem(TaskFamily family, Hearsay hearsay);

}  // namespace apogee
