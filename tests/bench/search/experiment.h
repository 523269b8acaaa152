#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/search/families.h"
#include "tests/bench/search/simulation.h"

namespace apogee {

// When to look at a run: after so many trials, or a share of them.
struct Moment {
  double amount;
  bool is_share;

  // All of them when a run has fewer.
  int64_t Trials(int64_t of) const;
};

// Every contestant on every problem with every seed.
struct Experiment {
  // A problem's own number of trials comes before that of the laboratory.
  Laboratory LaboratoryFor(const ProblemChoice& problem) const;

  std::vector<ProblemChoice> problems;
  std::vector<Contestant> contestants;
  Laboratory laboratory;  // its checkpoints are those of `moments`
  std::vector<Moment> moments = {{1, true}};
  // Run number r, from 0, has seed `seed` + r and instance r + 1, so that all
  // contestants meet the same problems and the same fates of trials.
  int64_t runs = 1;
  uint64_t seed = 1;
  int threads = 1;
  // The label of the contestant to whose regret all others are compared; empty
  // for none.
  std::string against;
  // Contestants that refuse a problem are left out of it and named in
  // Results::refusals; otherwise that is an error.
  bool skip_refused = false;
};

// All runs of one contestant on one problem, in the order of the seeds; empty
// when the contestant refuses the problem.
struct Results {
  const std::vector<Run>& Of(size_t problem, size_t contestant) const {
    return runs[problem * contestants + contestant];
  }

  size_t contestants = 0;
  std::vector<std::vector<Run>> runs;
  std::vector<std::string> refusals;
};

// Deterministic whatever `threads` is. `progress` is told how many of all runs
// are done; several threads may call it at once.
// INVALID_ARGUMENT  a contestant refuses a problem
absl::StatusOr<Results> RunExperiment(
    const Experiment& experiment,
    const std::function<void(int64_t done, int64_t all)>& progress);

}  // namespace apogee
