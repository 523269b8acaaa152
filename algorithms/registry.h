#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/background.h"
#include "algorithms/options.h"
#include "algorithms/outcome.h"

namespace apogee {

// What an algorithm is asked to solve. `space` outlives the algorithm.
struct Problem {
  const SearchSpace* space;
  // One for each metric of an observation.
  std::vector<Goal> goals = {{}};
  // How many trials the study may have in all; 0 when nobody said.
  int64_t budget = 0;
  OptionValues options;
  // Null when nothing is known.
  std::shared_ptr<const Background> background;

  // Goals without a threshold.
  int objectives() const;
};

// What an algorithm is and can do; each algorithm's own file returns one.
struct AlgorithmInfo {
  // One line.
  std::string summary;
  // What it is for, when not to use it, its paper.
  std::string description;
  // Handles more than one objective.
  bool several_objectives = false;
  // Uses observations and pending trials. The others are a function of the
  // ordinal alone and are never told any.
  bool learns = true;
  // Uses Problem::background.
  bool uses_background = false;
  // Answers well under a millisecond, so it may run on a thread that others
  // wait for.
  bool cheap = false;
  std::vector<OptionSpec> options = {};
  // What a memo says, as a JSON object for people, who find it in the metadata
  // of the trial. `sign` is -1 where less of the first objective is better.
  // Null where memos have nothing to say.
  std::function<std::string(absl::string_view memo, double sign)> explain =
      nullptr;
  // For CreateAlgorithm.
  // INVALID_ARGUMENT  the algorithm can not work on this problem; says why
  std::function<absl::StatusOr<std::unique_ptr<Algorithm>>(const Problem&)>
      create;
};

// `create` of an algorithm that works on every problem.
template <typename T>
absl::StatusOr<std::unique_ptr<Algorithm>> CreateAlways(
    const Problem& problem) {
  return std::make_unique<T>(problem);
}

struct RegisteredAlgorithm {
  std::string name;
  AlgorithmInfo info;
};

// Every algorithm of algorithms.inc, by name.
absl::Span<const RegisteredAlgorithm> Algorithms();

// The algorithm of that name, or null.
const RegisteredAlgorithm* FindAlgorithm(absl::string_view name);

// For tests: one more, for the rest of the process. Before the first study.
void AddAlgorithm(RegisteredAlgorithm algorithm);

// A new instance. `problem.options` are from CheckOptions.
// INVALID_ARGUMENT  there are too many objectives or none, or what `create` of
//                   its AlgorithmInfo says
absl::StatusOr<std::unique_ptr<Algorithm>> CreateAlgorithm(
    const RegisteredAlgorithm& algorithm, const Problem& problem);

}  // namespace apogee
