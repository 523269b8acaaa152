#include "proto/validate_domain.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"
#include "proto/validate.h"

namespace apogee {
namespace {

using vizier::StudySpec;
using ParameterSpec = StudySpec::ParameterSpec;

// The largest range of integers that a double holds exactly: values travel as
// doubles.
constexpr int64_t kMaxInteger = int64_t{1} << 53;

std::string NotAValue(absl::string_view value,
                      const std::vector<std::string>& values) {
  return absl::StrCat(Quoted(value), " is not one of its values",
                      DidYouMean(value, values));
}

// A logarithm needs positive numbers; `least` is the smallest of the domain.
absl::Status ValidateScale(const ParameterPlace& place, double least) {
  switch (place.parameter.scale_type()) {
    case ParameterSpec::SCALE_TYPE_UNSPECIFIED:
    case ParameterSpec::UNIT_LINEAR_SCALE:
      return absl::OkStatus();
    case ParameterSpec::UNIT_LOG_SCALE:
    case ParameterSpec::UNIT_REVERSE_LOG_SCALE:
      if (least > 0) return absl::OkStatus();
      return place.Error(
          "scale_type",
          absl::StrCat("a log scale needs values above 0, not ",
                       NumberText(least),
                       "; raise the lower bound or use a linear scale"));
    default:
      return place.Error("scale_type",
                         absl::StrCat("unknown scale type ",
                                      int{place.parameter.scale_type()}));
  }
}

absl::Status ValidateDouble(const ParameterPlace& place) {
  const auto& spec = place.parameter.double_value_spec();
  const double min = spec.min_value();
  const double max = spec.max_value();
  if (!std::isfinite(min)) {
    return place.Error("double_value_spec.min_value",
                       absl::StrCat("min ", NumberText(min), " is not finite"));
  }
  if (!std::isfinite(max)) {
    return place.Error("double_value_spec.max_value",
                       absl::StrCat("max ", NumberText(max), " is not finite"));
  }
  if (max < min) {
    return place.Error("double_value_spec.max_value",
                       absl::StrCat("max ", NumberText(max), " is below min ",
                                    NumberText(min)));
  }
  if (!std::isfinite(max - min)) {
    return place.Error("double_value_spec.max_value",
                       "the range from min to max is too wide for a double");
  }
  if (spec.has_default_value()) {
    const double value = spec.default_value().value();
    if (!(min <= value && value <= max)) {
      return place.Error(
          "double_value_spec.default_value",
          absl::StrCat("default ", NumberText(value), " is outside [",
                       NumberText(min), ", ", NumberText(max), "]"));
    }
  }
  return ValidateScale(place, min);
}

absl::Status ValidateInteger(const ParameterPlace& place) {
  const auto& spec = place.parameter.integer_value_spec();
  const int64_t min = spec.min_value();
  const int64_t max = spec.max_value();
  if (min < -kMaxInteger || min > kMaxInteger) {
    return place.Error("integer_value_spec.min_value",
                       absl::StrCat("min ", min, " is beyond ±2^53"));
  }
  if (max < -kMaxInteger || max > kMaxInteger) {
    return place.Error("integer_value_spec.max_value",
                       absl::StrCat("max ", max, " is beyond ±2^53"));
  }
  if (max < min) {
    return place.Error("integer_value_spec.max_value",
                       absl::StrCat("max ", max, " is below min ", min));
  }
  if (spec.has_default_value()) {
    const int64_t value = spec.default_value().value();
    if (value < min || value > max) {
      return place.Error("integer_value_spec.default_value",
                         absl::StrCat("default ", value, " is outside [", min,
                                      ", ", max, "]"));
    }
  }
  return ValidateScale(place, static_cast<double>(min));
}

absl::Status ValidateDiscrete(const ParameterPlace& place) {
  const auto& spec = place.parameter.discrete_value_spec();
  if (spec.values().empty()) {
    return place.Error("discrete_value_spec.values",
                       "has no values; list one or more");
  }
  for (int i = 0; i < spec.values_size(); ++i) {
    const std::string field =
        absl::StrCat("discrete_value_spec.values[", i, "]");
    const double value = spec.values(i);
    if (!std::isfinite(value)) {
      return place.Error(
          field, absl::StrCat("value ", NumberText(value), " is not finite"));
    }
    if (i > 0 && value <= spec.values(i - 1)) {
      return place.Error(
          field, absl::StrCat("values must rise, but ", NumberText(value),
                              " comes after ", NumberText(spec.values(i - 1))));
    }
  }
  if (spec.has_default_value() &&
      !std::binary_search(spec.values().begin(), spec.values().end(),
                          spec.default_value().value())) {
    return place.Error(
        "discrete_value_spec.default_value",
        absl::StrCat("default ", NumberText(spec.default_value().value()),
                     " is not one of its values"));
  }
  return ValidateScale(place, spec.values(0));
}

absl::Status ValidateCategorical(const ParameterPlace& place) {
  const auto& spec = place.parameter.categorical_value_spec();
  if (spec.values().empty()) {
    return place.Error("categorical_value_spec.values",
                       "has no values; list one or more");
  }
  std::set<absl::string_view> values;
  for (int i = 0; i < spec.values_size(); ++i) {
    RETURN_IF_ERROR(ValidateIdSize(
        spec.values(i),
        absl::StrCat(place.path, ".categorical_value_spec.values[", i, "]")));
    if (!values.insert(spec.values(i)).second) {
      return place.Error(
          absl::StrCat("categorical_value_spec.values[", i, "]"),
          absl::StrCat("value ", Quoted(spec.values(i)), " is listed twice"));
    }
  }
  const std::string& value = spec.default_value().value();
  if (spec.has_default_value() && values.count(value) == 0) {
    return place.Error(
        "categorical_value_spec.default_value",
        absl::StrCat("default ", NotAValue(value, {spec.values().begin(),
                                                   spec.values().end()})));
  }
  switch (place.parameter.scale_type()) {
    case ParameterSpec::SCALE_TYPE_UNSPECIFIED:
    case ParameterSpec::UNIT_LINEAR_SCALE:
      return absl::OkStatus();
    default:
      return place.Error("scale_type",
                         "a categorical parameter has no scale; remove it");
  }
}

}  // namespace

absl::Status ParameterPlace::Error(absl::string_view field,
                                   absl::string_view message) const {
  return FieldError(absl::StrCat(path, ".", field),
                    absl::StrCat("parameter ", Quoted(parameter.parameter_id()),
                                 ": ", message));
}

absl::Status ValidateDomain(const ParameterPlace& place) {
  switch (place.parameter.parameter_value_spec_case()) {
    case ParameterSpec::kDoubleValueSpec:
      return ValidateDouble(place);
    case ParameterSpec::kIntegerValueSpec:
      return ValidateInteger(place);
    case ParameterSpec::kDiscreteValueSpec:
      return ValidateDiscrete(place);
    case ParameterSpec::kCategoricalValueSpec:
      return ValidateCategorical(place);
    case ParameterSpec::PARAMETER_VALUE_SPEC_NOT_SET:
      break;
  }
  return place.Error("parameter_value_spec",
                     "has no type; make it double, integer, categorical or "
                     "discrete");
}

}  // namespace apogee
