#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
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

// The options with defaults filled in.
// INVALID_ARGUMENT  an option is unknown (names the nearest), of the wrong type
//                   or out of range
absl::StatusOr<OptionValues> CheckOptions(
    absl::string_view algorithm, absl::Span<const OptionSpec> declared,
    const google::protobuf::Struct& given);

}  // namespace apogee
