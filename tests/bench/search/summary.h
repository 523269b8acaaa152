#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/bench/search/experiment.h"

namespace apogee {

// One row per run and checkpoint.
std::string ResultsCsv(const Experiment& experiment, const Results& results);

// For people: what each contestant reached on each problem, and on all of them
// together, at these moments (indices of Experiment::moments). For each target
// of the laboratory also the share of the runs whose regret is no larger, and
// the median number of trials until it was no larger. With `time` also the mean
// processor time for each suggestion.
std::string Summary(const Experiment& experiment, const Results& results,
                    const std::vector<size_t>& moments, bool time);

// The mean rank by regret of each contestant at a moment, over all runs of all
// problems that no contestant refused; empty when there are none.
std::vector<double> MeanRanks(const Experiment& experiment,
                              const Results& results, size_t moment);

// The regrets of all runs at a moment.
std::vector<double> Regrets(const std::vector<Run>& runs, size_t moment);

}  // namespace apogee
