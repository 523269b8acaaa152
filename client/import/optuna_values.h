#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/struct.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// Optuna's values, as its storage keeps them. Errors are INVALID_ARGUMENT and
// say what is wrong, not where.

// One choice of a categorical distribution.
struct OptunaChoice {
  enum class Kind { kInteger, kFloat, kBool, kText, kNone };
  Kind kind = Kind::kNone;
  double number = 0;  // of an integer or a float
  std::string text;   // as Python prints it: "0.5", "True", "None", "adam"

  bool IsNumber() const {
    return kind == Kind::kInteger || kind == Kind::kFloat;
  }
  friend bool operator==(const OptunaChoice&, const OptunaChoice&) = default;
};

// What a trial could choose a parameter from.
struct OptunaDistribution {
  enum class Kind { kFloat, kInt, kCategorical };
  Kind kind = Kind::kFloat;
  double low = 0;
  double high = 0;
  double step = 0;  // 0 where there is none
  bool log = false;
  std::vector<OptunaChoice> choices;
};

absl::StatusOr<OptunaDistribution> ParseOptunaDistribution(
    absl::string_view json);

// "2024-05-01 12:00:00.250000"
absl::StatusOr<absl::Time> ParseOptunaTime(absl::string_view text,
                                           absl::TimeZone zone);

// A parameter of a study, made of the distributions that its trials used.
class OptunaParameter {
 public:
  explicit OptunaParameter(OptunaDistribution first)
      : domain_(std::move(first)) {}

  // Widens it to what another trial used.
  // INVALID_ARGUMENT  no parameter can be both
  absl::Status Widen(const OptunaDistribution& other);

  // The parameter as a study declares it. Says in `loss` what got lost.
  // INVALID_ARGUMENT  two choices would look the same
  absl::StatusOr<vizier::StudySpec::ParameterSpec> ToSpec(
      absl::string_view name, std::string& loss) const;

  // From the number that Optuna keeps.
  // INVALID_ARGUMENT  it is no choice's
  absl::StatusOr<google::protobuf::Value> ToValue(double internal) const;
  // From JSON, as trials that wait have it.
  // INVALID_ARGUMENT  it is not a value of this parameter
  absl::StatusOr<google::protobuf::Value> ParseValue(
      absl::string_view json) const;

 private:
  // Choices that become numbers, or booleans, or else texts.
  bool ChoicesAreNumbers() const;
  bool ChoicesAreBools() const;
  google::protobuf::Value ChoiceValue(const OptunaChoice& choice) const;
  // The values of a stepped range; none where they are too many.
  std::vector<double> Steps() const;

  OptunaDistribution domain_;
  bool steps_differ_ = false;
};

}  // namespace apogee
