#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/registry.h"
#include "google/protobuf/struct.pb.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// An algorithm as it takes part: with options, and a name for the tables.
struct Contestant {
  std::string label;
  const RegisteredAlgorithm* algorithm;
  google::protobuf::Struct options;
  // Gets the form with one objective of problems that have such a form, though
  // the algorithm handles several.
  bool one_objective = false;
};

// How long trials take; 1 on average.
enum class Durations { kConstant, kExponential, kLogNormal };

struct Laboratory {
  int64_t trials = 100;
  int workers = 1;
  Durations durations = Durations::kExponential;
  // Shares of the trials that fail, and whose worker is never heard of again.
  double failures = 0;
  double lost = 0;
  // Numbers of trials, none below the one before, `trials` at most.
  std::vector<int64_t> checkpoints;
};

// What had been found when so many trials had ended, well or not.
struct Checkpoint {
  int64_t trials;
  double time;
  Score score;
};

struct Run {
  std::vector<Checkpoint> checkpoints;
  std::vector<std::vector<double>> front;  // at the end
};

// One run in virtual time: asynchronous workers take trials from a study, as
// the service keeps it, and report at their own pace. A worker that is lost
// keeps its trial for good, and a new one takes its place. Workers stop when
// the trials are spent or the algorithm has no more points; later checkpoints
// then repeat the last state. Nothing depends on anything but the arguments.
// INVALID_ARGUMENT  the algorithm refuses the problem or its options
absl::StatusOr<Run> Simulate(const TestProblem& problem,
                             const Contestant& contestant,
                             const Laboratory& laboratory, uint64_t seed);

}  // namespace apogee
