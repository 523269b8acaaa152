#include "client/import/optuna_database.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/import/foreign_database.h"
#include "client/import/optuna_queries.h"
#include "client/import/optuna_values.h"
#include "nlohmann/json.hpp"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;
using vizier::StudySpec;
using vizier::Trial;
using Json = nlohmann::json;

constexpr char kAttributes[] = ":optuna";  // the namespace of user attributes
constexpr char kWorker[] = "optuna";       // that has the running trials

// `status` as said about `what`.
absl::Status About(absl::string_view what, const absl::Status& status) {
  if (!absl::IsInvalidArgument(status)) return status;
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", status.message()));
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

// The metrics' names that people have given them, or none.
std::vector<std::string> ParseNames(const std::string& json) {
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!document.is_array()) return names;
  for (const Json& name : document) {
    if (!name.is_string()) return {};
    names.push_back(name.get<std::string>());
  }
  return names;
}

class OptunaReader {
 public:
  OptunaReader(OptunaQueries queries, absl::TimeZone zone, ImportSink& sink)
      : queries_(std::move(queries)), zone_(zone), sink_(sink) {}

  absl::Status ReadStudies();

 private:
  absl::Status ReadStudy(int64_t key, const std::string& name);
  absl::Status ReadMetrics(int64_t key, StudySpec& spec);
  absl::Status ReadParameters(int64_t key, StudySpec& spec);
  absl::Status ReadAttributes(
      Statement& select, int64_t key,
      google::protobuf::RepeatedPtrField<vizier::KeyValue>& metadata);
  absl::Status ReadTime(const std::string& text,
                        google::protobuf::Timestamp* time);
  absl::Status ReadTrial(Statement& row);
  absl::Status ReadParams(int64_t key, Trial& trial);
  absl::Status ReadFixed(int64_t key, Trial& trial);
  absl::Status ReadCurve(int64_t key, Trial& trial);
  absl::Status ReadValues(int64_t key, Trial& trial);
  absl::Status EndTrial(int64_t key, const std::string& state,
                        TrialRecord& record);
  void TellNotes();

  OptunaQueries queries_;
  const absl::TimeZone zone_;
  ImportSink& sink_;
  // Of the study that is being read.
  std::map<std::string, OptunaParameter> parameters_;
  std::vector<std::string> metrics_;
  std::vector<std::string> notes_;
  int64_t running_ = 0;
  int64_t left_out_ = 0;
  int64_t incomplete_ = 0;
};

absl::Status OptunaReader::ReadStudies() {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, NextRow(queries_.studies));
    if (!more) return absl::OkStatus();
    const int64_t key = queries_.studies.TakeInt();
    const std::string name = queries_.studies.TakeBytes();
    RETURN_IF_ERROR(
        About(absl::StrCat("study ", Quoted(name)), ReadStudy(key, name)));
  }
}

absl::Status OptunaReader::ReadStudy(int64_t key, const std::string& name) {
  parameters_.clear();
  metrics_.clear();
  notes_.clear();
  running_ = left_out_ = incomplete_ = 0;

  StudyRecord record;
  vizier::Study& study = *record.mutable_study();
  study.set_display_name(name);
  study.set_state(vizier::Study::ACTIVE);
  ASSIGN_OR_RETURN(const std::string start, OneText(queries_.first_start, key));
  if (!start.empty()) {
    RETURN_IF_ERROR(ReadTime(start, study.mutable_create_time()));
  }
  StudySpec& spec = *study.mutable_study_spec();
  RETURN_IF_ERROR(ReadMetrics(key, spec));
  RETURN_IF_ERROR(ReadParameters(key, spec));
  RETURN_IF_ERROR(
      ReadAttributes(queries_.study_attributes, key, *spec.mutable_metadata()));
  RETURN_IF_ERROR(sink_.TakeStudy(std::move(record)));
  RETURN_IF_ERROR(ForEachRow(
      queries_.trials, key, [this](Statement& row) { return ReadTrial(row); }));
  TellNotes();
  return absl::OkStatus();
}

void OptunaReader::TellNotes() {
  for (std::string& note : notes_) sink_.TakeNote(std::move(note));
  const auto tell = [this](absl::string_view what, int64_t count) {
    if (count > 0) sink_.TakeNote(absl::StrCat(what, ": ", count));
  };
  tell(
      "finished trials that lack parameters, so that algorithms learn nothing "
      "from them",
      incomplete_);
  tell(absl::StrCat("running trials, now ACTIVE with worker ", Quoted(kWorker),
                    "; complete or delete them"),
       running_);
  tell("waiting trials that do not fix all parameters, and are left out",
       left_out_);
}

absl::Status OptunaReader::ReadMetrics(int64_t key, StudySpec& spec) {
  RETURN_IF_ERROR(
      ForEachRow(queries_.directions, key, [&](Statement& row) -> absl::Status {
        const std::string direction = row.TakeBytes();
        spec.add_metrics()->set_goal(direction == "MAXIMIZE"
                                         ? StudySpec::MetricSpec::MAXIMIZE
                                         : StudySpec::MetricSpec::MINIMIZE);
        return absl::OkStatus();
      }));
  const auto count = static_cast<size_t>(spec.metrics_size());
  ASSIGN_OR_RETURN(const std::string json, OneText(queries_.metric_names, key));
  std::vector<std::string> names = ParseNames(json);
  const std::set<std::string> distinct(names.begin(), names.end());
  if (distinct.size() != count || distinct.contains("")) names.clear();
  for (size_t i = 0; i < count; ++i) {
    metrics_.push_back(!names.empty() ? names[i]
                       : count == 1   ? "value"
                                      : absl::StrCat("value_", i));
    spec.mutable_metrics(static_cast<int>(i))->set_metric_id(metrics_[i]);
  }
  return absl::OkStatus();
}

absl::Status OptunaReader::ReadParameters(int64_t key, StudySpec& spec) {
  std::vector<std::string> order;
  RETURN_IF_ERROR(ForEachRow(
      queries_.distributions, key, [&](Statement& row) -> absl::Status {
        ASSIGN_OR_RETURN(const std::string name, TakeText(row));
        const std::string what = absl::StrCat("parameter ", Quoted(name));
        absl::StatusOr<OptunaDistribution> distribution =
            ParseOptunaDistribution(row.TakeBytes());
        if (!distribution.ok()) return About(what, distribution.status());
        const auto found = parameters_.find(name);
        if (found != parameters_.end()) {
          return About(what, found->second.Widen(*distribution));
        }
        parameters_.emplace(name, *std::move(distribution));
        order.push_back(name);
        return absl::OkStatus();
      }));
  for (const std::string& name : order) {
    std::string loss;
    absl::StatusOr<StudySpec::ParameterSpec> parameter =
        parameters_.at(name).ToSpec(name, loss);
    if (!parameter.ok()) {
      return About(absl::StrCat("parameter ", Quoted(name)),
                   parameter.status());
    }
    *spec.add_parameters() = *std::move(parameter);
    if (!loss.empty()) notes_.push_back(std::move(loss));
  }
  return absl::OkStatus();
}

absl::Status OptunaReader::ReadAttributes(
    Statement& select, int64_t key,
    google::protobuf::RepeatedPtrField<vizier::KeyValue>& metadata) {
  return ForEachRow(select, key, [&](Statement& row) -> absl::Status {
    vizier::KeyValue& entry = *metadata.Add();
    entry.set_ns(kAttributes);
    ASSIGN_OR_RETURN(*entry.mutable_key(), TakeText(row));
    ASSIGN_OR_RETURN(*entry.mutable_value(), TakeText(row));
    return absl::OkStatus();
  });
}

absl::Status OptunaReader::ReadTime(const std::string& text,
                                    google::protobuf::Timestamp* time) {
  ASSIGN_OR_RETURN(const absl::Time parsed, ParseOptunaTime(text, zone_));
  *time = ToProto(parsed);
  return absl::OkStatus();
}

absl::Status OptunaReader::ReadTrial(Statement& row) {
  const int64_t key = row.TakeInt();
  const int64_t number = row.TakeInt();
  const std::string state = row.TakeBytes();
  const std::string start = row.TakeBytes();
  const std::string end = row.TakeBytes();
  const auto read = [&]() -> absl::Status {
    if (number < 0 || number == std::numeric_limits<int64_t>::max()) {
      return absl::InvalidArgumentError("its number is below 0 or too large");
    }
    TrialRecord record;
    Trial& trial = *record.mutable_trial();
    trial.set_id(absl::StrCat(number + 1));
    if (!start.empty()) {
      RETURN_IF_ERROR(ReadTime(start, trial.mutable_start_time()));
    }
    if (!end.empty()) {
      RETURN_IF_ERROR(ReadTime(end, trial.mutable_end_time()));
    }
    RETURN_IF_ERROR(ReadParams(key, trial));
    RETURN_IF_ERROR(ReadCurve(key, trial));
    RETURN_IF_ERROR(
        ReadAttributes(queries_.attributes, key, *trial.mutable_metadata()));
    return EndTrial(key, state, record);
  };
  return About(absl::StrCat("trial ", number), read());
}

absl::Status OptunaReader::ReadParams(int64_t key, Trial& trial) {
  return ForEachRow(queries_.params, key, [&](Statement& row) -> absl::Status {
    const std::string name = row.TakeBytes();
    const std::optional<double> internal = row.TakeOptionalDouble();
    const auto parameter = parameters_.find(name);
    const std::string what = absl::StrCat("parameter ", Quoted(name));
    if (!internal || parameter == parameters_.end()) {
      return absl::InvalidArgumentError(absl::StrCat(what, " has no value"));
    }
    absl::StatusOr<google::protobuf::Value> value =
        parameter->second.ToValue(*internal);
    if (!value.ok()) return About(what, value.status());
    Trial::Parameter& added = *trial.add_parameters();
    added.set_parameter_id(name);
    *added.mutable_value() = *std::move(value);
    return absl::OkStatus();
  });
}

// The values that somebody has fixed for a trial that waits.
absl::Status OptunaReader::ReadFixed(int64_t key, Trial& trial) {
  ASSIGN_OR_RETURN(const std::string json, OneText(queries_.fixed, key));
  const Json fixed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!fixed.is_object()) return absl::OkStatus();
  std::set<std::string> given;
  for (const Trial::Parameter& parameter : trial.parameters()) {
    given.insert(parameter.parameter_id());
  }
  for (const auto& [name, json_value] : fixed.items()) {
    if (given.contains(name)) continue;
    const auto parameter = parameters_.find(name);
    if (parameter == parameters_.end() || json_value.is_structured()) continue;
    absl::StatusOr<google::protobuf::Value> value =
        parameter->second.ParseValue(json_value.dump());
    if (!value.ok()) {
      return About(absl::StrCat("parameter ", Quoted(name)), value.status());
    }
    Trial::Parameter& added = *trial.add_parameters();
    added.set_parameter_id(name);
    *added.mutable_value() = *std::move(value);
  }
  return absl::OkStatus();
}

absl::Status OptunaReader::ReadCurve(int64_t key, Trial& trial) {
  return ForEachRow(queries_.curve, key, [&](Statement& row) -> absl::Status {
    const int64_t step = row.TakeInt();
    ASSIGN_OR_RETURN(const double value, TakeTypedValue(row));
    if (metrics_.empty()) return absl::OkStatus();
    vizier::Measurement& measurement = *trial.add_measurements();
    measurement.set_step_count(step);
    vizier::Measurement::Metric& metric = *measurement.add_metrics();
    metric.set_metric_id(metrics_.front());
    metric.set_value(value);
    return absl::OkStatus();
  });
}

absl::Status OptunaReader::ReadValues(int64_t key, Trial& trial) {
  size_t objective = 0;
  return ForEachRow(queries_.values, key, [&](Statement& row) -> absl::Status {
    ASSIGN_OR_RETURN(const double value, TakeTypedValue(row));
    if (objective == metrics_.size()) {
      return absl::InvalidArgumentError("it has more values than objectives");
    }
    vizier::Measurement::Metric& metric =
        *trial.mutable_final_measurement()->add_metrics();
    metric.set_metric_id(metrics_[objective++]);
    metric.set_value(value);
    return absl::OkStatus();
  });
}

absl::Status OptunaReader::EndTrial(int64_t key, const std::string& state,
                                    TrialRecord& record) {
  Trial& trial = *record.mutable_trial();
  const auto wanted = static_cast<int>(parameters_.size());
  record.set_started(true);
  if (state == "COMPLETE" || state == "PRUNED") {
    RETURN_IF_ERROR(ReadValues(key, trial));
    if (trial.has_final_measurement()) {
      trial.set_state(Trial::SUCCEEDED);
    } else {
      trial.set_state(Trial::INFEASIBLE);
      trial.set_infeasible_reason(state == "PRUNED"
                                      ? "pruned before it had a value"
                                      : "complete without a value");
    }
    if (trial.has_final_measurement() && !trial.measurements().empty()) {
      trial.mutable_final_measurement()->set_step_count(
          trial.measurements().rbegin()->step_count());
    }
    if (trial.parameters_size() < wanted) ++incomplete_;
  } else if (state == "FAIL") {
    trial.set_state(Trial::INFEASIBLE);
    trial.set_infeasible_reason("failed in Optuna");
  } else if (state == "RUNNING") {
    trial.set_state(Trial::ACTIVE);
    trial.set_client_id(kWorker);
    ++running_;
  } else if (state == "WAITING") {
    RETURN_IF_ERROR(ReadFixed(key, trial));
    if (trial.parameters_size() < wanted) {
      ++left_out_;
      return absl::OkStatus();
    }
    trial.set_state(Trial::REQUESTED);
    record.set_started(false);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("its state ", Quoted(state), " is unknown"));
  }
  return sink_.TakeTrial(std::move(record));
}

}  // namespace

absl::StatusOr<bool> IsOptunaDatabase(const Connection& file) {
  return HasTables(file, {"studies", "study_directions", "trials",
                          "trial_params", "version_info"});
}

absl::Status ReadOptunaDatabase(const Connection& file, ImportSink& sink) {
  ASSIGN_OR_RETURN(
      Statement version,
      PrepareForeign(file, "SELECT library_version FROM version_info"));
  ASSIGN_OR_RETURN(const bool has_version, NextRow(version));
  // Before version 5 times are local, without saying where.
  int major = 0;
  const std::string library = has_version ? version.TakeBytes() : "";
  const bool is_utc =
      absl::SimpleAtoi(library.substr(0, library.find('.')), &major) &&
      major >= 5;
  ASSIGN_OR_RETURN(OptunaQueries queries, OptunaQueries::Prepare(file));
  return OptunaReader(std::move(queries),
                      is_utc ? absl::UTCTimeZone() : absl::LocalTimeZone(),
                      sink)
      .ReadStudies();
}

}  // namespace apogee
