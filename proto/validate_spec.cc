// ValidateStudySpec, the part of validate.h that is about studies.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/options.h"
#include "proto/print.h"
#include "proto/validate.h"
#include "proto/validate_domain.h"

namespace apogee {
namespace {

using vizier::StudySpec;
using ParameterSpec = StudySpec::ParameterSpec;
using ConditionalSpec = ParameterSpec::ConditionalParameterSpec;

std::string TypeName(const ParameterSpec& parameter) {
  switch (parameter.parameter_value_spec_case()) {
    case ParameterSpec::kDoubleValueSpec:
      return "double";
    case ParameterSpec::kIntegerValueSpec:
      return "integer";
    case ParameterSpec::kCategoricalValueSpec:
      return "categorical";
    case ParameterSpec::kDiscreteValueSpec:
      return "discrete";
    case ParameterSpec::PARAMETER_VALUE_SPEC_NOT_SET:
      break;
  }
  return "without a type";
}

// The condition under which a child is active.
struct Condition {
  std::string field;         // that holds it
  bool fits_parent = false;  // is of the parent's type
  std::set<std::string> values;
  std::optional<std::string> stray;  // a value that the parent does not take

  void Add(std::string value, bool feasible) {
    if (!feasible && !stray.has_value()) stray = value;
    values.insert(std::move(value));
  }
};

Condition ReadCondition(const ConditionalSpec& child,
                        const ParameterSpec& parent,
                        const std::set<absl::string_view>& categories) {
  Condition condition;
  switch (child.parent_value_condition_case()) {
    case ConditionalSpec::kParentIntValues: {
      const auto& domain = parent.integer_value_spec();
      condition.field = "parent_int_values";
      condition.fits_parent = parent.has_integer_value_spec();
      for (const int64_t value : child.parent_int_values().values()) {
        condition.Add(absl::StrCat(value), domain.min_value() <= value &&
                                               value <= domain.max_value());
      }
      break;
    }
    case ConditionalSpec::kParentDiscreteValues: {
      const auto& domain = parent.discrete_value_spec().values();
      condition.field = "parent_discrete_values";
      condition.fits_parent = parent.has_discrete_value_spec();
      for (const double value : child.parent_discrete_values().values()) {
        // Adding 0 turns -0 into 0, which equals it.
        condition.Add(NumberText(value + 0.0),
                      std::binary_search(domain.begin(), domain.end(), value));
      }
      break;
    }
    case ConditionalSpec::kParentCategoricalValues:
      condition.field = "parent_categorical_values";
      condition.fits_parent = parent.has_categorical_value_spec();
      for (const auto& value : child.parent_categorical_values().values()) {
        condition.Add(value, categories.count(value) > 0);
      }
      break;
    case ConditionalSpec::PARENT_VALUE_CONDITION_NOT_SET:
      condition.field = "parent_value_condition";
      break;
  }
  return condition;
}

// What is wrong with the condition by itself, or "".
std::string Flaw(const Condition& condition, const ParameterSpec& parent) {
  const std::string of_parent =
      absl::StrCat("its parent ", Quoted(parent.parameter_id()));
  if (condition.field == "parent_value_condition") {
    return absl::StrCat("has no condition; list the values of ", of_parent,
                        " that activate it");
  }
  if (!condition.fits_parent) {
    return absl::StrCat("its condition is in ", condition.field, ", but ",
                        of_parent, " is ", TypeName(parent));
  }
  if (condition.values.empty()) {
    return absl::StrCat("its condition is empty; list the values of ",
                        of_parent, " that activate it");
  }
  if (!condition.stray.has_value()) return "";
  const auto& domain = parent.categorical_value_spec().values();
  return absl::StrCat(
      "its condition ", Quoted(*condition.stray), " is not a value of ",
      of_parent, DidYouMean(*condition.stray, {domain.begin(), domain.end()}));
}

class SpecValidator {
 public:
  // `place` and everything below it.
  absl::Status Validate(const ParameterPlace& place) {
    if (++count_ > kMaxParameters) {
      return place.Error("parameter_id",
                         absl::StrCat("the study has more than ",
                                      kMaxParameters, " parameters"));
    }
    if (place.depth > kMaxParameterDepth) {
      return place.Error(
          "parameter_id",
          absl::StrCat("is nested more than ", kMaxParameterDepth, " deep"));
    }
    if (place.parameter.parameter_id().empty()) {
      return FieldError(place.path + ".parameter_id", "a parameter has no id");
    }
    RETURN_IF_ERROR(ValidateIdSize(place.parameter.parameter_id(),
                                   place.path + ".parameter_id"));
    RETURN_IF_ERROR(ValidateDomain(place));
    return ValidateChildren(place);
  }

 private:
  absl::Status ValidateChildren(const ParameterPlace& parent) {
    const auto& children = parent.parameter.conditional_parameter_specs();
    if (children.empty()) return absl::OkStatus();
    if (parent.parameter.has_double_value_spec()) {
      return parent.Error("conditional_parameter_specs",
                          "a double parameter has no children; only integer, "
                          "discrete and categorical ones do");
    }
    const auto& domain = parent.parameter.categorical_value_spec().values();
    const std::set<absl::string_view> categories(domain.begin(), domain.end());
    // By child id: the values of the parent that activate it so far.
    std::map<absl::string_view, std::set<std::string>> taken;
    for (int i = 0; i < children.size(); ++i) {
      const std::string path =
          absl::StrCat(parent.path, ".conditional_parameter_specs[", i, "]");
      const ParameterPlace child{.parameter = children[i].parameter_spec(),
                                 .path = path + ".parameter_spec",
                                 .depth = parent.depth + 1};
      RETURN_IF_ERROR(Validate(child));
      Condition condition =
          ReadCondition(children[i], parent.parameter, categories);
      const std::string& id = child.parameter.parameter_id();
      std::string flaw = Flaw(condition, parent.parameter);
      for (const std::string& value : condition.values) {
        if (!taken[id].insert(value).second && flaw.empty()) {
          flaw = absl::StrCat("stands twice under value ", Quoted(value),
                              " of its parent ",
                              Quoted(parent.parameter.parameter_id()));
        }
      }
      if (!flaw.empty()) {
        return FieldError(absl::StrCat(path, ".", condition.field),
                          absl::StrCat("parameter ", Quoted(id), ": ", flaw));
      }
    }
    return absl::OkStatus();
  }

  int count_ = 0;
};

absl::Status ValidateParameters(const StudySpec& spec) {
  SpecValidator validator;
  std::set<absl::string_view> ids;
  for (int i = 0; i < spec.parameters_size(); ++i) {
    const ParameterPlace place{.parameter = spec.parameters(i),
                               .path = absl::StrCat("parameters[", i, "]"),
                               .depth = 1};
    RETURN_IF_ERROR(validator.Validate(place));
    if (!ids.insert(place.parameter.parameter_id()).second) {
      return place.Error("parameter_id",
                         "is declared twice; rename or remove one");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateMetric(const StudySpec::MetricSpec& metric,
                            const std::string& path) {
  const auto error = [&](absl::string_view field, absl::string_view message) {
    return FieldError(
        absl::StrCat(path, ".", field),
        absl::StrCat("metric ", Quoted(metric.metric_id()), ": ", message));
  };
  if (metric.metric_id().empty()) {
    return FieldError(path + ".metric_id", "a metric has no id");
  }
  RETURN_IF_ERROR(ValidateIdSize(metric.metric_id(), path + ".metric_id"));
  if (metric.goal() != StudySpec::MetricSpec::MAXIMIZE &&
      metric.goal() != StudySpec::MetricSpec::MINIMIZE) {
    return error("goal", "has no goal; set MAXIMIZE or MINIMIZE");
  }
  const auto& safety = metric.safety_config();
  if (!std::isfinite(safety.safety_threshold())) {
    return error(
        "safety_config.safety_threshold",
        absl::StrCat("safety threshold ", NumberText(safety.safety_threshold()),
                     " is not finite"));
  }
  const double fraction = safety.desired_min_safe_trials_fraction();
  if (!(0 <= fraction && fraction <= 1)) {
    return error("safety_config.desired_min_safe_trials_fraction",
                 absl::StrCat("fraction of safe trials ", NumberText(fraction),
                              " is outside [0, 1]"));
  }
  return absl::OkStatus();
}

absl::Status ValidateMetrics(const StudySpec& spec) {
  if (spec.metrics_size() > kMaxMetrics) {
    return FieldError(
        "metrics",
        absl::StrCat("a study of ", spec.metrics_size(), " metrics; at most ",
                     kMaxMetrics, " are allowed"));
  }
  std::set<absl::string_view> ids;
  for (int i = 0; i < spec.metrics_size(); ++i) {
    const std::string path = absl::StrCat("metrics[", i, "]");
    RETURN_IF_ERROR(ValidateMetric(spec.metrics(i), path));
    const std::string& id = spec.metrics(i).metric_id();
    if (!ids.insert(id).second) {
      return FieldError(path + ".metric_id",
                        absl::StrCat("metric ", Quoted(id),
                                     " is declared twice; remove one"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateStudySpec(const StudySpec& spec) {
  RETURN_IF_ERROR(ValidateMetrics(spec));
  RETURN_IF_ERROR(ValidateParameters(spec));
  RETURN_IF_ERROR(ValidateMetadata(spec.metadata(), "metadata"));
  const absl::Status options = ReadStudyOptions(spec).status();
  return options.ok() ? options
                      : FieldError("apogee_options", options.message());
}

}  // namespace apogee
