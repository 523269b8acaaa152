#include "tests/bench/example.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace apogee {

std::string ExampleStudyName(const std::string& study) {
  return absl::StrCat("owners/bench/studies/", study);
}

vizier::CreateStudyRequest ExampleStudyRequest(const std::string& study,
                                               int metrics) {
  vizier::CreateStudyRequest request;
  request.set_parent("owners/bench");
  request.mutable_study()->set_display_name(study);
  vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
  spec.set_algorithm("RANDOM_SEARCH");
  for (int i = 0; i < kExampleParameters; ++i) {
    vizier::StudySpec::ParameterSpec& parameter = *spec.add_parameters();
    parameter.set_parameter_id(absl::StrCat("x", i));
    parameter.mutable_double_value_spec()->set_max_value(1);
  }
  for (int i = 0; i < metrics; ++i) {
    vizier::StudySpec::MetricSpec& metric = *spec.add_metrics();
    metric.set_metric_id(absl::StrCat("y", i));
    metric.set_goal(vizier::StudySpec::MetricSpec::MINIMIZE);
  }
  return request;
}

vizier::Measurement ExampleMeasurement(int metrics) {
  vizier::Measurement measurement;
  for (int i = 0; i < metrics; ++i) {
    vizier::Measurement::Metric& metric = *measurement.add_metrics();
    metric.set_metric_id(absl::StrCat("y", i));
    metric.set_value(0.25);
  }
  return measurement;
}

vizier::Trial ExampleTrial(const std::string& study_name, int64_t id,
                           int metrics, double progress,
                           std::mt19937_64& random) {
  vizier::Trial trial;
  trial.set_name(absl::StrCat(study_name, "/trials/", id));
  trial.set_id(absl::StrCat(id));
  trial.set_state(vizier::Trial::SUCCEEDED);
  trial.set_client_id(absl::StrCat("worker ", id % 64));
  trial.mutable_start_time()->set_seconds(1'700'000'000 + id);
  trial.mutable_start_time()->set_nanos(123'456'000);
  trial.mutable_end_time()->set_seconds(1'700'000'060 + id);
  trial.mutable_end_time()->set_nanos(654'321'000);
  std::uniform_real_distribution<double> unit(0, 1);
  double first = 0;
  double others = 0;
  for (int i = 0; i < kExampleParameters; ++i) {
    const double x = unit(random);
    (i == 0 ? first : others) += x;
    vizier::Trial::Parameter& parameter = *trial.add_parameters();
    parameter.set_parameter_id(absl::StrCat("x", i));
    parameter.mutable_value()->set_number_value(x);
  }
  // Two metrics that pull apart, as the well-known problem ZDT1 has them.
  const double far = 1 + 9 * (1 - 0.99 * progress) * others / 7;
  vizier::Measurement& measurement = *trial.mutable_final_measurement();
  measurement = ExampleMeasurement(metrics);
  measurement.mutable_metrics(0)->set_value(first);
  if (metrics > 1) {
    measurement.mutable_metrics(1)->set_value(far *
                                              (1 - std::sqrt(first / far)));
  }
  return trial;
}

}  // namespace apogee
