#include "tests/bench/search/problem.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace apogee {

using vizier::StudySpec;

void AddDouble(StudySpec& spec, absl::string_view name, double min,
               double max) {
  StudySpec::ParameterSpec& parameter = *spec.add_parameters();
  parameter.set_parameter_id(std::string(name));
  parameter.mutable_double_value_spec()->set_min_value(min);
  parameter.mutable_double_value_spec()->set_max_value(max);
}

void AddInteger(StudySpec& spec, absl::string_view name, int64_t min,
                int64_t max) {
  StudySpec::ParameterSpec& parameter = *spec.add_parameters();
  parameter.set_parameter_id(std::string(name));
  parameter.mutable_integer_value_spec()->set_min_value(min);
  parameter.mutable_integer_value_spec()->set_max_value(max);
}

void AddCategorical(StudySpec& spec, absl::string_view name, int choices) {
  StudySpec::ParameterSpec& parameter = *spec.add_parameters();
  parameter.set_parameter_id(std::string(name));
  for (int i = 0; i < choices; ++i) {
    parameter.mutable_categorical_value_spec()->add_values(absl::StrCat(i));
  }
}

void AddObjective(StudySpec& spec, absl::string_view name, bool minimize) {
  StudySpec::MetricSpec& metric = *spec.add_metrics();
  metric.set_metric_id(std::string(name));
  metric.set_goal(minimize ? StudySpec::MetricSpec::MINIMIZE
                           : StudySpec::MetricSpec::MAXIMIZE);
}

void AddLimit(StudySpec& spec, absl::string_view name, double most) {
  AddObjective(spec, name, /*minimize=*/true);
  spec.mutable_metrics()
      ->rbegin()
      ->mutable_safety_config()
      ->set_safety_threshold(most);
}

std::vector<double> Numbers(const Parameters& parameters) {
  std::vector<double> numbers;
  numbers.reserve(parameters.size());
  for (const vizier::Trial::Parameter& parameter : parameters) {
    double number = parameter.value().number_value();
    if (parameter.value().has_string_value()) {
      APOGEE_CHECK(absl::SimpleAtod(parameter.value().string_value(), &number));
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace apogee
