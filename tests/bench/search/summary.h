#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/search/experiment.h"

namespace apogee {

// One row per run and checkpoint.
std::string ResultsCsv(const Experiment& experiment, const Results& results);

// For people: what each contestant reached on each problem, and on all of them
// together, at these moments (indices of Experiment::moments). With a target,
// also the share of the runs whose regret is no larger.
std::string Summary(const Experiment& experiment, const Results& results,
                    const std::vector<size_t>& moments,
                    std::optional<double> target);

// The mean rank by regret of each contestant at a moment, over all runs of all
// problems that no contestant refused; empty when there are none.
std::vector<double> MeanRanks(const Experiment& experiment,
                              const Results& results, size_t moment);

// The regrets of all runs at a moment.
std::vector<double> Regrets(const std::vector<Run>& runs, size_t moment);

}  // namespace apogee
