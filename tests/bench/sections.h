#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/load.h"
#include "tests/bench/report.h"

namespace apogee {

// How much of everything.
struct Scale {
  int rounds;          // of interleaved windows, where figures are compared
  int repeats;         // of what stands by itself
  Window window;       // of each figure in each round
  Window peer_window;  // of other services, which are slower
  std::vector<int64_t> study_trials;  // sizes of studies to suggest in, rising
  int64_t optimal_trials;             // of the large study with two metrics
};

struct Bench {
  Scale scale;
  std::string directory;  // for files; nothing else is in it
  Report report;
};

// Each starts the servers it needs, writes to the report, and leaves no process
// behind.

// Single calls beside the bare ceilings.
void MeasureCalls(Bench& bench);

// Suggest and complete, by workers and studies.
void MeasureRounds(Bench& bench);

// GetTrial, ListTrials and ListOptimalTrials.
void MeasureReads(Bench& bench);

// Suggestions in studies that hold many trials; memory and restart.
void MeasureGrowth(Bench& bench);

// Installs what the peers need; before anything is measured.
void PreparePeers();

// The Python reference server and Optuna, beside this server.
void MeasurePeers(Bench& bench);

}  // namespace apogee
