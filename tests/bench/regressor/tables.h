#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// Tasks of one search space, from published tables of real measurements.
struct TaskStudies {
  // One or more for each task to learn from.
  std::vector<NamedStudy> training;
  // One or more for each task that is not among those.
  std::vector<NamedStudy> unseen;
};

// The names that ReadFamily takes: "rpart" and "taskset".
std::vector<std::string> FamilyNames();

// Leaves a third of the tasks out, at least two, drawn by the seed. Every study
// has as many trials as asked for at most, at random rows of its table; of an
// empty cell the trial is infeasible. `data` is the folder of tables.
// INVALID_ARGUMENT, NOT_FOUND  names the file, the thing and the cure
absl::StatusOr<TaskStudies> ReadFamily(absl::string_view family,
                                       const std::string& data, size_t trials,
                                       size_t unseen_trials, uint64_t seed);

}  // namespace apogee
