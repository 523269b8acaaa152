#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/registry.h"
#include "google/protobuf/struct.pb.h"
#include "tests/bench/search/peer.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// An algorithm or a peer as it takes part: with options, and a name for the
// tables.
struct Contestant {
  // Whether it gets the form with several objectives of problems that have one.
  bool SeveralObjectives() const;

  std::string label;
  // One of the two.
  const RegisteredAlgorithm* algorithm = nullptr;
  std::shared_ptr<Peer> peer = nullptr;
  google::protobuf::Struct options;
  // Gets the form with one objective of problems that have such a form, though
  // the algorithm handles several.
  bool one_objective = false;
  // Is not told the background of problems that have one, though the algorithm
  // uses it.
  bool alone = false;
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
  // Regrets, to note when they are reached; a run may end when all are.
  std::vector<double> targets = {};
  bool stop_at_targets = false;
};

// What had been found when so many trials had ended, well or not.
struct Checkpoint {
  int64_t trials;
  double time;
  Score score;
};

// Processor seconds for each suggestion, the learning of its result included:
// the mean of all trials and of the last tenth. Not reproducible.
struct Cost {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double at_end = std::numeric_limits<double>::quiet_NaN();
  // 99 in 100 take no longer.
  double p99 = std::numeric_limits<double>::quiet_NaN();
};

struct Run {
  std::vector<Checkpoint> checkpoints;
  // Of each target: how many trials had ended when the regret was no larger for
  // the first time; infinite if it never was.
  std::vector<double> reached = {};
  std::vector<std::vector<double>> front = {};  // at the end
  Cost cost = {};
  // Searcher::Trial::source of each trial.
  std::vector<std::string> sources = {};
};

// One run in virtual time: asynchronous workers take trials from a study, as
// the service keeps it, and report at their own pace. A worker that is lost
// keeps its trial for good, and a new one takes its place. Workers stop when
// the trials are spent, the contestant has no more points or all targets are
// reached; later checkpoints then repeat the last state. Nothing but the cost
// depends on anything but the arguments. INVALID_ARGUMENT  the contestant
// refuses the problem or its options
absl::StatusOr<Run> Simulate(const TestProblem& problem,
                             const Contestant& contestant,
                             const Laboratory& laboratory, uint64_t seed);

}  // namespace apogee
