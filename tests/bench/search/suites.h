#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tests/bench/search/families.h"
#include "tests/bench/search/table_problem.h"
#include "tests/bench/search/transfer_problem.h"
#include "tests/bench/search/world_problem.h"

namespace apogee {

// Problems that belong together, and how they are run unless one says
// otherwise.
struct Suite {
  std::string name;
  std::string summary;
  std::vector<std::string> problems;  // for ParseProblems
  // Their files stand below the folder of tables and below tests/bench/search/
  // spaces.
  std::vector<TableDescription> tables;
  // Families of tasks, also below the folder of tables, and what is told of
  // other tasks.
  std::vector<std::string> tasks = {};
  Hearsay hearsay = Hearsay::kTrue;
  // In a made-up world; then the folder is that of the weights.
  std::optional<WorldSearch> world = std::nullopt;
  int64_t trials = 100;
  int64_t runs = 10;
  std::vector<double> targets = {};
  bool stop_at_targets = false;
};
absl::Span<const Suite> Suites();

// INVALID_ARGUMENT  there is no suite of that name; names those that are
absl::StatusOr<const Suite*> FindSuite(absl::string_view name);

// Errors are those of TableProblem and WorldProblems. INVALID_ARGUMENT  the
// suite needs a folder, and `data` is empty
absl::StatusOr<std::vector<ProblemChoice>> SuiteProblems(
    const Suite& suite, const std::string& data);

}  // namespace apogee
