#include "server/engine/rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fmt/format.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/struct.pb.h"
#include "nlohmann/json.hpp"
#include "proto/lease_history.h"

namespace apogee {
namespace {

using Json = nlohmann::ordered_json;
using KeyValues = google::protobuf::RepeatedPtrField<vizier::KeyValue>;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Trials and measurements are written for each call of a worker, so their
// columns are put together without a tree of JSON values.

void AppendString(absl::string_view text, std::string& json) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (plain) {
    absl::StrAppend(&json, "\"", text, "\"");
  } else {
    json += Dump(std::string(text));
  }
}

// JSON has no word for values that are not finite.
absl::string_view WordFor(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

// The wire has one kind of number; people expect an integer to look like one.
void AppendNumber(double value, std::string& json) {
  constexpr double kLargestExact = int64_t{1} << 53;
  if (!std::isfinite(value)) {
    AppendString(WordFor(value), json);
  } else if (std::trunc(value) == value && std::abs(value) <= kLargestExact) {
    absl::StrAppend(&json, static_cast<int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(json), "{}", value);
  }
}

void AppendValue(const google::protobuf::Value& value, std::string& json) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kNumberValue:
      return AppendNumber(value.number_value(), json);
    case google::protobuf::Value::kStringValue:
      return AppendString(value.string_value(), json);
    case google::protobuf::Value::kBoolValue:
      json += value.bool_value() ? "true" : "false";
      return;
    default:
      json += "null";
  }
}

// Between "{" and "}".
void AppendKey(absl::string_view key, std::string& json) {
  if (json.size() > 1) json += ',';
  AppendString(key, json);
  json += ':';
}

std::string ParametersJson(const vizier::Trial& trial) {
  std::string json = "{";
  constexpr size_t kUsualBytes = 32;  // of a parameter
  json.reserve(2 + kUsualBytes * static_cast<size_t>(trial.parameters_size()));
  for (const vizier::Trial::Parameter& parameter : trial.parameters()) {
    AppendKey(parameter.parameter_id(), json);
    AppendValue(parameter.value(), json);
  }
  return json + '}';
}

std::string MetricsJson(const vizier::Measurement& measurement) {
  std::string json = "{";
  for (const vizier::Measurement::Metric& metric : measurement.metrics()) {
    AppendKey(metric.metric_id(), json);
    AppendNumber(metric.value(), json);
  }
  return json + '}';
}

std::string MetadataJson(const KeyValues& metadata) {
  if (metadata.empty()) return "[]";
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
      const double threshold = metric.safety_config().safety_threshold();
      entry["safety_threshold"] = std::isfinite(threshold)
                                      ? Json(threshold)
                                      : Json(std::string(WordFor(threshold)));
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

void AppendField(int number, absl::string_view bytes, std::string& message) {
  using google::protobuf::io::CodedOutputStream;
  constexpr uint32_t kLengthDelimited = 2;
  uint8_t head[2 * 10];  // varints
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(
      static_cast<uint32_t>(number) << 3 | kLengthDelimited, head);
  end = CodedOutputStream::WriteVarint64ToArray(bytes.size(), end);
  message.append(reinterpret_cast<const char*>(head),
                 static_cast<size_t>(end - head));
  message.append(bytes.data(), bytes.size());
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
  row.state = IsGivenUp(trial) ? "LOST" : StateName(trial.state());
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
