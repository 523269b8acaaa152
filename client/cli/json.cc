#include "client/cli/json.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "client/cli/parameters.h"
#include "client/cli/score.h"
#include "client/cli/views.h"
#include "google/protobuf/util/json_util.h"
#include "proto/lease_history.h"
#include "proto/names.h"
#include "proto/options.h"

namespace apogee {
namespace {

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json TrialIdJson(const vizier::Trial& trial) {
  int64_t id = 0;
  if (!absl::SimpleAtoi(trial.id(), &id)) return trial.id();
  return id;
}

Json MeasurementJson(const vizier::Measurement& measurement) {
  Json json;
  json["step"] = measurement.step_count();
  json["elapsed_seconds"] =
      absl::ToDoubleSeconds(FromProto(measurement.elapsed_duration()));
  json["metrics"] = MetricsJson(measurement);
  return json;
}

Json MetricSpecJson(const vizier::StudySpec::MetricSpec& metric) {
  Json json;
  json["name"] = metric.metric_id();
  json["goal"] = GoalName(metric);
  json["safety_threshold"] =
      metric.has_safety_config()
          ? NumberJson(metric.safety_config().safety_threshold())
          : Json();
  return json;
}

Json DefaultJson(const ParameterSpec& spec) {
  google::protobuf::Value value;
  if (spec.double_value_spec().has_default_value()) {
    return spec.double_value_spec().default_value().value();
  }
  if (spec.integer_value_spec().has_default_value()) {
    return spec.integer_value_spec().default_value().value();
  }
  if (spec.discrete_value_spec().has_default_value()) {
    value.set_number_value(spec.discrete_value_spec().default_value().value());
    return ValueJson(value, &spec);
  }
  if (!spec.categorical_value_spec().has_default_value()) return {};
  value.set_string_value(spec.categorical_value_spec().default_value().value());
  return ValueJson(value, &spec);
}

// `when` is the condition on the parent, or null.
void AddParameterJson(const ParameterSpec& spec, const Json& when,
                      Json& parameters) {
  Json json;
  json["name"] = spec.parameter_id();
  json["type"] = TypeName(spec);
  if (spec.has_double_value_spec()) {
    json["min"] = spec.double_value_spec().min_value();
    json["max"] = spec.double_value_spec().max_value();
  } else if (spec.has_integer_value_spec()) {
    json["min"] = spec.integer_value_spec().min_value();
    json["max"] = spec.integer_value_spec().max_value();
  } else {
    json["values"] = Json::array();
    google::protobuf::Value value;
    for (const double number : spec.discrete_value_spec().values()) {
      value.set_number_value(number);
      json["values"].push_back(ValueJson(value, &spec));
    }
    for (const std::string& text : spec.categorical_value_spec().values()) {
      value.set_string_value(text);
      json["values"].push_back(ValueJson(value, &spec));
    }
  }
  json["scale"] = TextOrNull(ScaleText(spec));
  json["default"] = DefaultJson(spec);
  json["when"] = when;
  parameters.push_back(std::move(json));
  for (const auto& child : spec.conditional_parameter_specs()) {
    AddParameterJson(child.parameter_spec(),
                     {{"parameter", spec.parameter_id()},
                      {"values", ConditionValues(child)}},
                     parameters);
  }
}

}  // namespace

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

Json TimeJson(bool has, const google::protobuf::Timestamp& time) {
  if (!has) return {};
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", FromProto(time),
                          absl::UTCTimeZone());
}

Json NumberJson(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json ParametersJson(const vizier::StudySpec& spec, const vizier::Trial& trial) {
  Json json = Json::object();
  for (const vizier::Trial::Parameter& parameter : trial.parameters()) {
    json[parameter.parameter_id()] = ValueJson(
        parameter.value(), FindParameter(spec, parameter.parameter_id()));
  }
  return json;
}

Json MetricsJson(const vizier::Measurement& measurement) {
  Json json = Json::object();
  for (const vizier::Measurement::Metric& metric : measurement.metrics()) {
    json[metric.metric_id()] = NumberJson(metric.value());
  }
  return json;
}

Json TrialJson(const vizier::StudySpec& spec, const vizier::Trial& trial) {
  Json json;
  json["id"] = TrialIdJson(trial);
  json["name"] = trial.name();
  json["state"] = StateWord(trial);
  json["parameters"] = ParametersJson(spec, trial);
  json["metrics"] = MetricsJson(trial.final_measurement());
  json["infeasible_reason"] = TextOrNull(trial.infeasible_reason());
  json["worker"] = TextOrNull(trial.client_id());
  json["start_time"] = TimeJson(trial.has_start_time(), trial.start_time());
  json["end_time"] = TimeJson(trial.has_end_time(), trial.end_time());
  json["duration_seconds"] =
      trial.has_start_time() && trial.has_end_time()
          ? Json(absl::ToDoubleSeconds(FromProto(trial.end_time()) -
                                       FromProto(trial.start_time())))
          : Json();
  return json;
}

Json TrialDetailsJson(const vizier::StudySpec& spec,
                      const vizier::Trial& trial) {
  Json json = TrialJson(spec, trial);
  json["measurements"] = Json::array();
  for (const vizier::Measurement& measurement : trial.measurements()) {
    json["measurements"].push_back(MeasurementJson(measurement));
  }
  json["lost"] = Json::array();
  const apogee::v1::LeaseHistory history = ReadLeaseHistory(trial);
  for (const apogee::v1::LeaseHistory::Lost& lost : history.lost()) {
    json["lost"].push_back({{"worker", lost.worker()},
                            {"since", TimeJson(lost.has_since(), lost.since())},
                            {"until", TimeJson(lost.has_until(), lost.until())},
                            {"why", lost.why()}});
  }
  return json;
}

Json StudyJson(const apogee::v1::StudySummary& summary) {
  const vizier::Study& study = summary.study();
  const vizier::StudySpec& spec = study.study_spec();
  Json json;
  json["name"] = study.display_name();
  json["resource"] = study.name();
  json["state"] = vizier::Study::State_Name(study.state());
  json["inactive_reason"] = TextOrNull(study.inactive_reason());
  json["algorithm"] = summary.algorithm();
  json["seed"] = summary.seed();
  json["create_time"] = TimeJson(study.has_create_time(), study.create_time());
  const apogee::v1::TrialCounts& counts = summary.trials();
  json["trials"] = {{"requested", counts.requested()},
                    {"active", counts.active()},
                    {"stopping", counts.stopping()},
                    {"succeeded", counts.succeeded()},
                    {"infeasible", counts.infeasible() - counts.given_up()},
                    {"lost", counts.given_up()}};
  json["budget"] = {
      {"started", summary.started_trials()},
      {"trials",
       summary.budget_trials() > 0 ? Json(summary.budget_trials()) : Json()}};
  const std::optional<double> best = Objective(spec, summary.best_trial());
  json["best_trial_id"] =
      summary.has_best_trial() ? TrialIdJson(summary.best_trial()) : Json();
  json["best_value"] = best ? NumberJson(*best) : Json();
  return json;
}

Json StudyDetailsJson(const apogee::v1::StudySummary& summary) {
  const vizier::StudySpec& spec = summary.study().study_spec();
  Json json = StudyJson(summary);
  json["share_for_training"] = SharingOf(summary);
  json["priors"] = std::vector<std::string>(summary.priors().begin(),
                                            summary.priors().end());
  json["regressor"] = summary.regressor_version() > 0
                          ? Json(summary.regressor_version())
                          : Json();
  json["remote_regressor"] = summary.remote_regressor();
  json["best_trial"] =
      summary.has_best_trial() ? TrialJson(spec, summary.best_trial()) : Json();
  json["metrics"] = Json::array();
  for (const auto& metric : spec.metrics()) {
    json["metrics"].push_back(MetricSpecJson(metric));
  }
  json["parameters"] = Json::array();
  for (const ParameterSpec& parameter : spec.parameters()) {
    AddParameterJson(parameter, Json(), json["parameters"]);
  }
  return json;
}

std::string SharingOf(const apogee::v1::StudySummary& summary) {
  const auto options = ReadStudyOptions(summary.study().study_spec());
  if (!options.ok() || options->share_for_training().empty()) return "NONE";
  return options->share_for_training();
}

Json AlgorithmJson(const apogee::v1::AlgorithmInfo& algorithm) {
  Json json;
  json["name"] = algorithm.name();
  json["aliases"] = std::vector<std::string>(algorithm.aliases().begin(),
                                             algorithm.aliases().end());
  json["summary"] = algorithm.summary();
  json["description"] = algorithm.description();
  json["learns"] = algorithm.learns();
  json["several_objectives"] = algorithm.several_objectives();
  json["options"] = Json::array();
  for (const auto& option : algorithm.options()) {
    Json entry;
    entry["name"] = option.name();
    entry["type"] = option.type();
    std::string text;
    (void)google::protobuf::util::MessageToJsonString(option.default_value(),
                                                      &text);
    entry["default"] = Json::parse(text, nullptr, false);
    entry["min"] = option.has_min() ? NumberJson(option.min()) : Json();
    entry["max"] = option.has_max() ? NumberJson(option.max()) : Json();
    entry["choices"] = std::vector<std::string>(option.choices().begin(),
                                                option.choices().end());
    entry["description"] = option.description();
    json["options"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace apogee
