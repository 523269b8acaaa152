#pragma once

#include <cstdint>

#include "algorithms/regressor/regressor.h"
#include "base/rng.h"

namespace apogee {

// A made-up world of people who tune networks: 12 parameters by the names that
// everybody uses, 30 datasets, 6 models, 4 metrics. What a parameter does
// depends on the dataset and the model, so whoever reads names and metadata can
// know much of a study before its first trial.
class World {
 public:
  // How a study presents itself.
  enum class Names { kPlain, kHashed };

  // Worlds of different seeds share the names and nothing else.
  explicit World(uint64_t seed) : rng_(seed) {}

  // A study by number. Of the 10 root parameters it has 3 to 7 (up to 10 when
  // its metric is latency) with bounds of its own, and their children; every
  // optimum is a little off where other studies of the same dataset and model
  // have it. Its trials are at random points, measured with noise of 1 %;
  // those that need too much memory are infeasible.
  NamedStudy Study(uint64_t number, int trials,
                   Names names = Names::kPlain) const;

 private:
  Rng rng_;
};

}  // namespace apogee
