#include "client/cli/parameters.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"

namespace apogee {
namespace {

using google::protobuf::Value;
using Children =
    google::protobuf::RepeatedPtrField<ParameterSpec::ConditionalParameterSpec>;

template <typename Visit>
void Walk(const ParameterSpec& spec, const Visit& visit) {
  visit(spec);
  for (const auto& child : spec.conditional_parameter_specs()) {
    Walk(child.parameter_spec(), visit);
  }
}

template <typename Visit>
void Walk(const vizier::StudySpec& spec, const Visit& visit) {
  for (const ParameterSpec& parameter : spec.parameters()) {
    Walk(parameter, visit);
  }
}

constexpr auto kAppendNumber = [](std::string* out, double value) {
  *out += PlainNumber(value);
};

absl::Status Refuse(const ParameterSpec& spec, absl::string_view text,
                    absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("parameter ", Quoted(spec.parameter_id()), ": ",
                   Quoted(text), " is not ", expected));
}

absl::StatusOr<Value> ParseNumber(const ParameterSpec& spec,
                                  absl::string_view text) {
  Value value;
  double number = 0;
  const bool parsed = absl::SimpleAtod(text, &number) && std::isfinite(number);
  value.set_number_value(number);
  if (spec.has_integer_value_spec()) {
    const auto& domain = spec.integer_value_spec();
    int64_t whole = 0;
    if (absl::SimpleAtoi(text, &whole) && whole >= domain.min_value() &&
        whole <= domain.max_value()) {
      value.set_number_value(static_cast<double>(whole));
      return value;
    }
    return Refuse(spec, text,
                  absl::StrCat("a whole number from ", DomainText(spec)));
  }
  if (spec.has_double_value_spec()) {
    const auto& domain = spec.double_value_spec();
    if (parsed && number >= domain.min_value() &&
        number <= domain.max_value()) {
      return value;
    }
    return Refuse(spec, text, absl::StrCat("a number from ", DomainText(spec)));
  }
  const auto& values = spec.discrete_value_spec().values();
  if (parsed &&
      std::find(values.begin(), values.end(), number) != values.end()) {
    return value;
  }
  return Refuse(spec, text, absl::StrCat("one of ", DomainText(spec)));
}

absl::StatusOr<Value> ParseValue(const ParameterSpec& spec,
                                 absl::string_view text) {
  if (!spec.has_categorical_value_spec()) return ParseNumber(spec, text);
  Value value;
  for (const std::string& category : spec.categorical_value_spec().values()) {
    if (category == text ||
        (IsBoolean(spec) && absl::EqualsIgnoreCase(category, text))) {
      value.set_string_value(category);
      return value;
    }
  }
  return Refuse(spec, text, absl::StrCat("one of ", DomainText(spec)));
}

bool IsActive(const ParameterSpec::ConditionalParameterSpec& child,
              const Value& parent) {
  const std::vector<std::string> values = ConditionValues(child);
  return std::find(values.begin(), values.end(), ValueText(parent)) !=
         values.end();
}

// The texts given on the command line, by parameter.
class Given {
 public:
  absl::Status Add(const vizier::StudySpec& spec, const std::string& text) {
    // A name may itself hold a "=".
    std::string name;
    for (const std::string& known : ParameterNames(spec)) {
      if (absl::StartsWith(text, known + "=") && known.size() >= name.size()) {
        name = known;
      }
    }
    const size_t equals = text.find('=');
    if (name.empty() && equals == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(text), " is not of the form NAME=VALUE"));
    }
    if (name.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the study has no parameter ", Quoted(text.substr(0, equals)),
          DidYouMean(text.substr(0, equals), ParameterNames(spec))));
    }
    if (!texts_.emplace(name, text.substr(name.size() + 1)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter ", Quoted(name), " is given twice"));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Value> Take(const ParameterSpec& spec) {
    const auto it = texts_.find(spec.parameter_id());
    if (it == texts_.end()) {
      const std::string value = DefaultText(spec);
      if (!value.empty()) return ParseValue(spec, value);
      return absl::InvalidArgumentError(absl::StrCat(
          "parameter ", Quoted(spec.parameter_id()),
          " has no value and no default; add ", spec.parameter_id(), "=..."));
    }
    used_.insert(it->first);
    return ParseValue(spec, it->second);
  }

  absl::Status CheckAllUsed() const {
    for (const auto& [name, text] : texts_) {
      if (used_.count(name) == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "parameter ", Quoted(name),
            " is not active with these values of the others; leave it out"));
      }
    }
    return absl::OkStatus();
  }

 private:
  std::map<std::string, std::string> texts_;
  std::set<std::string> used_;
};

absl::Status Fill(const ParameterSpec& spec, Given& given,
                  std::vector<vizier::Trial::Parameter>& parameters) {
  ASSIGN_OR_RETURN(const Value value, given.Take(spec));
  vizier::Trial::Parameter& parameter = parameters.emplace_back();
  parameter.set_parameter_id(spec.parameter_id());
  *parameter.mutable_value() = value;
  for (const auto& child : spec.conditional_parameter_specs()) {
    if (IsActive(child, value)) {
      RETURN_IF_ERROR(Fill(child.parameter_spec(), given, parameters));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> ParameterNames(const vizier::StudySpec& spec) {
  std::vector<std::string> names;
  std::set<absl::string_view> seen;
  Walk(spec, [&](const ParameterSpec& parameter) {
    if (seen.insert(parameter.parameter_id()).second) {
      names.push_back(parameter.parameter_id());
    }
  });
  return names;
}

const ParameterSpec* FindParameter(const vizier::StudySpec& spec,
                                   absl::string_view id) {
  const ParameterSpec* found = nullptr;
  Walk(spec, [&](const ParameterSpec& parameter) {
    if (found == nullptr && parameter.parameter_id() == id) found = &parameter;
  });
  return found;
}

bool IsBoolean(const ParameterSpec& spec) {
  return spec.has_categorical_value_spec() &&
         spec.external_type() == ParameterSpec::AS_BOOLEAN;
}

std::string TypeName(const ParameterSpec& spec) {
  switch (spec.parameter_value_spec_case()) {
    case ParameterSpec::kDoubleValueSpec:
      return "double";
    case ParameterSpec::kIntegerValueSpec:
      return "int";
    case ParameterSpec::kDiscreteValueSpec:
      return "discrete";
    default:
      return IsBoolean(spec) ? "bool" : "categorical";
  }
}

std::string DomainText(const ParameterSpec& spec) {
  switch (spec.parameter_value_spec_case()) {
    case ParameterSpec::kDoubleValueSpec:
      return absl::StrCat(PlainNumber(spec.double_value_spec().min_value()),
                          " to ",
                          PlainNumber(spec.double_value_spec().max_value()));
    case ParameterSpec::kIntegerValueSpec:
      return absl::StrCat(spec.integer_value_spec().min_value(), " to ",
                          spec.integer_value_spec().max_value());
    case ParameterSpec::kDiscreteValueSpec:
      return absl::StrJoin(spec.discrete_value_spec().values(), ", ",
                           kAppendNumber);
    default:
      return absl::StrJoin(spec.categorical_value_spec().values(), ", ");
  }
}

std::string DefaultText(const ParameterSpec& spec) {
  if (spec.double_value_spec().has_default_value()) {
    return PlainNumber(spec.double_value_spec().default_value().value());
  }
  if (spec.integer_value_spec().has_default_value()) {
    return absl::StrCat(spec.integer_value_spec().default_value().value());
  }
  if (spec.discrete_value_spec().has_default_value()) {
    return PlainNumber(spec.discrete_value_spec().default_value().value());
  }
  return spec.categorical_value_spec().default_value().value();
}

std::string ScaleText(const ParameterSpec& spec) {
  switch (spec.scale_type()) {
    case ParameterSpec::UNIT_LINEAR_SCALE:
      return "linear";
    case ParameterSpec::UNIT_LOG_SCALE:
      return "log";
    case ParameterSpec::UNIT_REVERSE_LOG_SCALE:
      return "reverse_log";
    default:
      return "";
  }
}

std::vector<std::string> ConditionValues(
    const ParameterSpec::ConditionalParameterSpec& child) {
  std::vector<std::string> values;
  for (const double value : child.parent_discrete_values().values()) {
    values.push_back(PlainNumber(value));
  }
  for (const int64_t value : child.parent_int_values().values()) {
    values.push_back(absl::StrCat(value));
  }
  for (const std::string& value : child.parent_categorical_values().values()) {
    values.push_back(value);
  }
  return values;
}

std::string PlainNumber(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (std::floor(value) == value && std::abs(value) <= kExact) {
    return absl::StrCat(static_cast<int64_t>(value));
  }
  return NumberText(value);
}

std::string ValueText(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return PlainNumber(value.number_value());
    case Value::kBoolValue:
      return value.bool_value() ? "True" : "False";
    default:
      return value.string_value();
  }
}

Json ValueJson(const Value& value, const ParameterSpec* spec) {
  switch (value.kind_case()) {
    case Value::kNumberValue: {
      const bool is_double = spec != nullptr && spec->has_double_value_spec();
      const double number = value.number_value();
      if (!is_double && std::floor(number) == number &&
          std::abs(number) < 9e15) {
        return static_cast<int64_t>(number);
      }
      return number;
    }
    case Value::kBoolValue:
      return value.bool_value();
    default:
      if (spec != nullptr && IsBoolean(*spec)) {
        return absl::EqualsIgnoreCase(value.string_value(), "true");
      }
      return value.string_value();
  }
}

absl::StatusOr<std::vector<vizier::Trial::Parameter>> ParseParameters(
    const vizier::StudySpec& spec,
    const std::vector<std::string>& assignments) {
  Given given;
  for (const std::string& text : assignments) {
    RETURN_IF_ERROR(given.Add(spec, text));
  }
  std::vector<vizier::Trial::Parameter> parameters;
  for (const ParameterSpec& parameter : spec.parameters()) {
    RETURN_IF_ERROR(Fill(parameter, given, parameters));
  }
  RETURN_IF_ERROR(given.CheckAllUsed());
  return parameters;
}

}  // namespace apogee
