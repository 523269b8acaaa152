#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/search/families.h"

namespace apogee {

// The search of studies of a made-up world (bench/regressor/world.h) that
// nobody has seen.
struct WorldSearch {
  enum class Studies {
    // Datasets and models that are known.
    kKnown,
    // Datasets that nobody knows, under the names of known ones.
    kNewDatasets,
    // Of another world with the same names: all that is known is wrong.
    kOtherWorld,
  };
  // How many studies of the world there are to know.
  int database = 3000;
  Studies studies = Studies::kKnown;
};

// Two problems, instance by instance another study: told of the regressors in
// the folder `weights`, where bench_regressor keeps them, and told of 8 prior
// studies, too, chosen as the server chooses similar ones. The regret is a
// share of the distance between the median of random points and the best.
// NOT_FOUND  the weights are not there
absl::StatusOr<std::vector<ProblemChoice>> WorldProblems(
    const WorldSearch& search, const std::string& weights);

}  // namespace apogee
