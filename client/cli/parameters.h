#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/output.h"
#include "vizier/study.pb.h"

namespace apogee {

using ParameterSpec = vizier::StudySpec::ParameterSpec;

// The parameters of the study, children included, each once, as in the file.
std::vector<std::string> ParameterNames(const vizier::StudySpec& spec);
// Null when the study has no such parameter.
const ParameterSpec* FindParameter(const vizier::StudySpec& spec,
                                   absl::string_view id);

bool IsBoolean(const ParameterSpec& spec);
// "double", "int", "discrete", "categorical" or "bool".
std::string TypeName(const ParameterSpec& spec);
// "1e-05 to 0.1", or the values.
std::string DomainText(const ParameterSpec& spec);
// Empty without a default.
std::string DefaultText(const ParameterSpec& spec);
std::string ScaleText(const ParameterSpec& spec);
// The values of the parent under which a child is active.
std::vector<std::string> ConditionValues(
    const ParameterSpec::ConditionalParameterSpec& child);

// A number with the fewest digits that read back as the same; whole ones
// without an exponent as far as that is exact: "100000", "0.1", "1e-05".
std::string PlainNumber(double value);
// A value as programs get it: numbers as PlainNumber, bools "True" and "False".
std::string ValueText(const google::protobuf::Value& value);
// A value in its own type. `spec` may be null.
Json ValueJson(const google::protobuf::Value& value, const ParameterSpec* spec);

// The parameters that texts like "lr=0.1" ask for: of the right type, within
// bounds, all active ones and no others. One left out takes its default.
// INVALID_ARGUMENT  names the parameter and the cure
absl::StatusOr<std::vector<vizier::Trial::Parameter>> ParseParameters(
    const vizier::StudySpec& spec, const std::vector<std::string>& assignments);

}  // namespace apogee
