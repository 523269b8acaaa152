#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// Several tasks that share a search space and an objective, so that what was
// tried on some may help with another.
struct TaskFamily {
  struct Task {
    std::string name;
    // The best that is known, and what half of the settings reach.
    double best;
    double median;
  };

  std::string name;
  vizier::StudySpec spec;
  bool minimize;
  std::vector<Task> tasks;
  // What a task measures; nothing where it fails.
  std::function<std::optional<double>(size_t task, const Parameters&)> measure;
};

// The names that ReadTasks takes:
//   rpart    decision trees on 59 data sets, 1,000 settings
//   taskset  optimizers of 6 recurrent networks, 1,000 settings
//   lcbench  networks on 17 data sets, a surrogate (lcbench.h)
// Of the first two, any other setting counts as the nearest of those that were
// measured. `data` is the folder with rpart-tasks, taskset-imdb-rnn and
// lcbench-surrogate.
absl::StatusOr<TaskFamily> ReadTasks(absl::string_view name,
                                     const std::string& data);

}  // namespace apogee
