#include "server/engine/rows.h"

#include <cmath>

#include "google/protobuf/struct.pb.h"
#include "nlohmann/json.hpp"

namespace apogee {
namespace {

using Json = nlohmann::ordered_json;
using KeyValues = google::protobuf::RepeatedPtrField<vizier::KeyValue>;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// JSON has no word for values that are not finite.
Json NumberJson(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

// Whether every digit of `value` can be written as an integer's.
bool IsWhole(double value) {
  constexpr double kLargest = int64_t{1} << 53;
  return std::trunc(value) == value && std::abs(value) <= kLargest;
}

// The wire has one kind of number; people expect an integer to look like one.
Json ValueJson(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return IsWhole(value.number_value())
                 ? Json(static_cast<int64_t>(value.number_value()))
                 : NumberJson(value.number_value());
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kBoolValue:
      return value.bool_value();
    default:
      return nullptr;
  }
}

std::string ParametersJson(const vizier::Trial& trial) {
  Json json = Json::object();
  for (const vizier::Trial::Parameter& parameter : trial.parameters()) {
    json[parameter.parameter_id()] = ValueJson(parameter.value());
  }
  return Dump(json);
}

std::string MetricsJson(const vizier::Measurement& measurement) {
  Json json = Json::object();
  for (const vizier::Measurement::Metric& metric : measurement.metrics()) {
    json[metric.metric_id()] = NumberJson(metric.value());
  }
  return Dump(json);
}

std::string MetadataJson(const KeyValues& metadata) {
  Json json = Json::array();
  for (const vizier::KeyValue& entry : metadata) {
    json.push_back(
        {{"ns", entry.ns()},
         {"key", entry.key()},
         {"value", entry.has_proto() ? Json(nullptr) : Json(entry.value())}});
  }
  return Dump(json);
}

std::string GoalsJson(const vizier::StudySpec& spec) {
  Json json = Json::array();
  for (const vizier::StudySpec::MetricSpec& metric : spec.metrics()) {
    Json entry = {
        {"metric", metric.metric_id()},
        {"goal", vizier::StudySpec::MetricSpec::GoalType_Name(metric.goal())}};
    if (metric.has_safety_config()) {
      entry["safety_threshold"] =
          NumberJson(metric.safety_config().safety_threshold());
    }
    json.push_back(std::move(entry));
  }
  return Dump(json);
}

}  // namespace

std::string StateName(vizier::Study::State state) {
  const std::string name = vizier::Study::State_Name(state);
  return name.empty() ? "STATE_UNSPECIFIED" : name;
}

std::string StateName(vizier::Trial::State state) {
  const std::string name = vizier::Trial::State_Name(state);
  return name.empty() ? "STATE_UNSPECIFIED" : name;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) +
         absl::Nanoseconds(timestamp.nanos());
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

StudyRow MakeStudyRow(const vizier::Study& study) {
  StudyRow row;
  row.proto = study.SerializeAsString();
  row.state = StateName(study.state());
  row.create_time = FromProto(study.create_time());
  row.metrics_json = GoalsJson(study.study_spec());
  row.metadata_json = MetadataJson(study.study_spec().metadata());
  return row;
}

TrialRow MakeTrialRow(int64_t id, const vizier::Trial& trial) {
  TrialRow row;
  row.id = id;
  row.proto = trial.SerializeAsString();
  row.state = StateName(trial.state());
  row.client_id = trial.client_id();
  if (trial.has_start_time()) row.start_time = FromProto(trial.start_time());
  if (trial.has_end_time()) row.end_time = FromProto(trial.end_time());
  row.infeasible_reason = trial.infeasible_reason();
  row.parameters_json = ParametersJson(trial);
  if (trial.has_final_measurement()) {
    row.final_metrics_json = MetricsJson(trial.final_measurement());
  }
  row.metadata_json = MetadataJson(trial.metadata());
  return row;
}

MeasurementRow MakeMeasurementRow(int64_t trial_id, int64_t number,
                                  const vizier::Measurement& measurement) {
  MeasurementRow row;
  row.trial_id = trial_id;
  row.number = number;
  row.proto = measurement.SerializeAsString();
  row.step = measurement.step_count();
  row.elapsed = FromProto(measurement.elapsed_duration());
  row.metrics_json = MetricsJson(measurement);
  return row;
}

}  // namespace apogee
