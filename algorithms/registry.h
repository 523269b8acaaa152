#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/outcome.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// The last is for options with a structure of their own, which the algorithm
// checks itself; its default is null.
using OptionValue =
    std::variant<bool, int64_t, double, std::string, google::protobuf::Value>;

// One option of an algorithm. The type is that of its default.
struct OptionSpec {
  std::string name;
  OptionValue default_value;
  // Bounds of an int or a double.
  double min = 0;
  double max = 0;
  // Values of a string option; empty means any.
  std::vector<std::string> choices = {};
  // One line.
  std::string description;
};

// The options of a study, checked and complete: asking for one that the
// algorithm has not declared, or with another type, ends the process.
class OptionValues {
 public:
  bool Bool(absl::string_view name) const;
  int64_t Int(absl::string_view name) const;
  double Double(absl::string_view name) const;
  const std::string& String(absl::string_view name) const;
  const google::protobuf::Value& Json(absl::string_view name) const;

 private:
  friend absl::StatusOr<OptionValues> CheckOptions(
      absl::string_view algorithm, absl::Span<const OptionSpec> declared,
      const google::protobuf::Struct& given);
  absl::flat_hash_map<std::string, OptionValue> values_;
};

// What an algorithm is asked to solve. `space` outlives the algorithm.
struct Problem {
  const SearchSpace* space;
  // One for each metric of an observation.
  std::vector<Goal> goals = {{}};
  // How many trials the study may have in all; 0 when nobody said.
  int64_t budget = 0;
  OptionValues options;

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
  // Answers well under a millisecond, so it may run on a thread that others
  // wait for.
  bool cheap = false;
  std::vector<OptionSpec> options = {};
  // For CreateAlgorithm.
  // INVALID_ARGUMENT  the algorithm can not work on this problem; says why
  std::function<absl::StatusOr<std::unique_ptr<Algorithm>>(const Problem&)>
      create;
};

struct RegisteredAlgorithm {
  std::string name;
  std::vector<std::string> aliases;
  AlgorithmInfo info;
};

// Every algorithm of algorithms.inc, by name.
absl::Span<const RegisteredAlgorithm> Algorithms();

// The algorithm of that name or alias, or null. The empty name and
// "ALGORITHM_UNSPECIFIED" are aliases of the default.
const RegisteredAlgorithm* FindAlgorithm(absl::string_view name);

// A new instance. `problem.options` are from CheckOptions.
// INVALID_ARGUMENT  there are too many objectives or none, or what `create` of
//                   its AlgorithmInfo says
absl::StatusOr<std::unique_ptr<Algorithm>> CreateAlgorithm(
    const RegisteredAlgorithm& algorithm, const Problem& problem);

// The options with defaults filled in.
// INVALID_ARGUMENT  an option is unknown (names the nearest), of the wrong type
//                   or out of range
absl::StatusOr<OptionValues> CheckOptions(
    absl::string_view algorithm, absl::Span<const OptionSpec> declared,
    const google::protobuf::Struct& given);

}  // namespace apogee
