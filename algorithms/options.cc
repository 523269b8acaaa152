#include "algorithms/options.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "base/nearest.h"

namespace apogee {
namespace {

using google::protobuf::Value;

const OptionSpec* Find(absl::Span<const OptionSpec> declared,
                       absl::string_view name) {
  for (const OptionSpec& option : declared) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string Requirement(const OptionSpec& option) {
  if (std::holds_alternative<bool>(option.default_value)) {
    return "true or false";
  }
  if (std::holds_alternative<std::string>(option.default_value)) {
    if (option.choices.empty()) return "a string";
    return absl::StrCat("one of \"", absl::StrJoin(option.choices, "\", \""),
                        "\"");
  }
  const bool integer = std::holds_alternative<int64_t>(option.default_value);
  return absl::StrCat(integer ? "an integer" : "a number", " from ", option.min,
                      " to ", option.max);
}

std::string Text(const Value& value) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case Value::kNumberValue:
      return absl::StrCat(value.number_value());
    case Value::kStringValue:
      return absl::StrCat("\"", value.string_value(), "\"");
    case Value::kListValue:
      return "a list";
    case Value::kStructValue:
      return "an object";
    default:
      return "null";
  }
}

// The value as the option's type, or nothing when it is not one of its values.
std::optional<OptionValue> Convert(const OptionSpec& option,
                                   const Value& value) {
  if (std::holds_alternative<Value>(option.default_value)) return value;
  if (std::holds_alternative<bool>(option.default_value)) {
    if (value.kind_case() != Value::kBoolValue) return std::nullopt;
    return value.bool_value();
  }
  if (std::holds_alternative<std::string>(option.default_value)) {
    const std::string& text = value.string_value();
    const bool allowed = option.choices.empty() ||
                         std::find(option.choices.begin(), option.choices.end(),
                                   text) != option.choices.end();
    if (value.kind_case() != Value::kStringValue || !allowed) {
      return std::nullopt;
    }
    return text;
  }
  const double number = value.number_value();
  if (value.kind_case() != Value::kNumberValue ||
      !(number >= option.min && number <= option.max)) {
    return std::nullopt;
  }
  if (std::holds_alternative<double>(option.default_value)) return number;
  if (number != std::floor(number)) return std::nullopt;
  return static_cast<int64_t>(number);
}

template <typename T>
const T& Get(const absl::flat_hash_map<std::string, OptionValue>& values,
             absl::string_view name) {
  const auto it = values.find(name);
  APOGEE_CHECK(it != values.end());
  const T* value = std::get_if<T>(&it->second);
  APOGEE_CHECK(value != nullptr);
  return *value;
}

}  // namespace

bool OptionValues::Bool(absl::string_view name) const {
  return Get<bool>(values_, name);
}

int64_t OptionValues::Int(absl::string_view name) const {
  return Get<int64_t>(values_, name);
}

double OptionValues::Double(absl::string_view name) const {
  return Get<double>(values_, name);
}

const std::string& OptionValues::String(absl::string_view name) const {
  return Get<std::string>(values_, name);
}

const Value& OptionValues::Json(absl::string_view name) const {
  return Get<Value>(values_, name);
}

absl::StatusOr<OptionValues> CheckOptions(
    absl::string_view algorithm, absl::Span<const OptionSpec> declared,
    const google::protobuf::Struct& given) {
  OptionValues result;
  std::vector<std::string> known;
  for (const OptionSpec& option : declared) {
    known.push_back(option.name);
    result.values_.emplace(option.name, option.default_value);
  }
  // In a fixed order, so that the same mistakes give the same error.
  std::vector<std::string> names;
  for (const auto& field : given.fields()) names.push_back(field.first);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const OptionSpec* option = Find(declared, name);
    if (option == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("algorithm ", algorithm, " has no option \"", name, "\"",
                       DidYouMean(name, known)));
    }
    const Value& value = given.fields().at(name);
    std::optional<OptionValue> converted = Convert(*option, value);
    if (!converted.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "algorithm ", algorithm, ": option \"", name, "\" must be ",
          Requirement(*option), ", not ", Text(value)));
    }
    result.values_[name] = *std::move(converted);
  }
  return result;
}

}  // namespace apogee
