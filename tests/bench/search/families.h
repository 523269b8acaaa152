#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// What a problem is made for.
struct Occasion {
  // Problems with instances that differ take this one: 1 or more, a run's own
  // number.
  int64_t instance;
  // Whether the algorithm is to have several objectives. Otherwise a problem
  // may have another form with the same regret.
  bool several_objectives;
};

// A problem that can be chosen by name.
struct ProblemChoice {
  std::string name;
  std::function<TestProblem(const Occasion&)> make;
  // Regrets span orders of magnitude.
  bool logarithmic = false;
  // How many trials a run has; 0: as many as the experiment says.
  int64_t trials = 0;
};

// A built-in kind of problem.
struct ProblemFamily {
  struct Setting {
    std::string name;
    std::string meaning;
    std::string default_value;  // as in ParseProblems
    double min;
    double max;
    bool whole;
  };
  std::string name;
  std::string summary;
  std::vector<Setting> settings;
  bool logarithmic;
  // One value per setting. INVALID_ARGUMENT  they do not go together
  std::function<absl::StatusOr<std::function<TestProblem(const Occasion&)>>(
      const std::vector<double>&)>
      make;
};
absl::Span<const ProblemFamily> ProblemFamilies();

// "bbob/f=1+3..5/d=20": every combination of the values of a family. A setting
// takes a number, several with "+" in between, or a range of whole numbers.
// Every family also has a setting "trials", ProblemChoice::trials.
// INVALID_ARGUMENT  names what is unknown or out of range, and what there is
absl::StatusOr<std::vector<ProblemChoice>> ParseProblems(
    absl::string_view text);

}  // namespace apogee
