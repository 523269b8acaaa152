#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/search/families.h"

namespace apogee {

// A table of measurements as a problem, described and not programmed.
struct TableDescription {
  std::string table;  // a CSV file, may be gzip
  // A YAML file with the `parameters` of a study file (proto/README.md), each
  // named as the column of its values. "arch[2]" is the third character of
  // column arch. Doubles have no list of values and can not be looked up.
  std::string space;
  std::string objective;  // a column
  bool minimize = false;
  // A column, if there is one to be minimized; with `max_cost` it is a limit
  // instead.
  std::string cost;
  std::optional<double> max_cost;
  // A measurement is drawn from these columns, such as one per seed; otherwise
  // it is the objective.
  std::vector<std::string> noise;
  // A column that the search does not see.
  std::string report;
  // ProblemChoice::trials.
  int64_t trials = 0;
};

// Rows are found by the values of the active parameters; cells of inactive ones
// are empty. A point without a row, or whose objective or cost is empty or no
// finite number, is infeasible. Several rows of one point count as their mean.
// The regret is what the objective lacks to the best row, or what the
// hypervolume lacks (VolumeScale) when there are two objectives.
// INVALID_ARGUMENT, NOT_FOUND  names the file, the thing and the cure
absl::StatusOr<ProblemChoice> TableProblem(const TableDescription& description);

}  // namespace apogee
