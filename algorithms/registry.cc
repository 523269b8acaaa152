#include "algorithms/registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace apogee {

#define ALGORITHM(name, file, factory) AlgorithmInfo factory();
#include "algorithms/algorithms.inc"
#undef ALGORITHM

namespace {

std::vector<RegisteredAlgorithm> MakeAlgorithms() {
  return {
#define ALGORITHM(name, file, factory) {name, factory()},
#include "algorithms/algorithms.inc"
#undef ALGORITHM
  };
}

std::vector<RegisteredAlgorithm>& Known() {
  static auto& algorithms =
      *new std::vector<RegisteredAlgorithm>(MakeAlgorithms());
  return algorithms;
}

}  // namespace

int Problem::objectives() const {
  return static_cast<int>(
      std::count_if(goals.begin(), goals.end(),
                    [](const Goal& goal) { return goal.IsObjective(); }));
}

absl::StatusOr<std::unique_ptr<Algorithm>> CreateAlgorithm(
    const RegisteredAlgorithm& algorithm, const Problem& problem) {
  const int objectives = problem.objectives();
  if (algorithm.info.learns && objectives == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        algorithm.name,
        " learns from results and needs a metric without a threshold"));
  }
  if (!algorithm.info.several_objectives && objectives > 1) {
    std::vector<std::string> others;
    for (const RegisteredAlgorithm& other : Algorithms()) {
      if (other.info.several_objectives) others.push_back(other.name);
    }
    return absl::InvalidArgumentError(absl::StrCat(
        algorithm.name, " works on one objective, and ", objectives,
        " metrics have no threshold: give all but one of them a threshold, or "
        "choose an algorithm for several objectives (",
        absl::StrJoin(others, ", "), ")"));
  }
  return algorithm.info.create(problem);
}

absl::Span<const RegisteredAlgorithm> Algorithms() { return Known(); }

void AddAlgorithm(RegisteredAlgorithm algorithm) {
  Known().push_back(std::move(algorithm));
}

const RegisteredAlgorithm* FindAlgorithm(absl::string_view name) {
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    if (algorithm.name == name) return &algorithm;
  }
  return nullptr;
}

}  // namespace apogee
