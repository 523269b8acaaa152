#include "client/cli/views.h"

#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/json.h"
#include "client/cli/parameters.h"
#include "client/cli/score.h"
#include "proto/lease_history.h"

namespace apogee {
namespace {

std::string ShortValue(const google::protobuf::Value& value) {
  return value.has_number_value() ? ShortNumber(value.number_value())
                                  : ValueText(value);
}

// The metrics of the study, then what else the trials have measured.
std::vector<std::string> MetricNames(const vizier::StudySpec& spec,
                                     const std::vector<vizier::Trial>& trials) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  for (const auto& metric : spec.metrics()) add(metric.metric_id());
  for (const vizier::Trial& trial : trials) {
    for (const auto& metric : trial.final_measurement().metrics()) {
      add(metric.metric_id());
    }
  }
  return names;
}

std::string DurationOf(const vizier::Trial& trial) {
  if (!trial.has_start_time() || !trial.has_end_time()) return "";
  return ShortDuration(FromProto(trial.end_time()) -
                       FromProto(trial.start_time()));
}

void AddParameter(const ParameterSpec& spec, const std::string& when,
                  size_t depth, Table& table) {
  table.Add({std::string(2 * depth, ' ') + spec.parameter_id(), TypeName(spec),
             DomainText(spec), ScaleText(spec), DefaultText(spec), when});
  for (const auto& child : spec.conditional_parameter_specs()) {
    AddParameter(child.parameter_spec(),
                 absl::StrCat(spec.parameter_id(), " = ",
                              absl::StrJoin(ConditionValues(child), ", ")),
                 depth + 1, table);
  }
}

}  // namespace

std::string ShortNumber(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e7) {
    return PlainNumber(value);
  }
  return absl::StrFormat("%.4g", value);
}

std::string ShortDuration(absl::Duration duration) {
  const int64_t milliseconds = absl::ToInt64Milliseconds(duration);
  const int64_t seconds = (milliseconds + 500) / 1000;
  if (milliseconds < 1000) return absl::StrCat(milliseconds, "ms");
  if (milliseconds < 59'950) {
    return absl::StrFormat("%.1fs", static_cast<double>(milliseconds) / 1000);
  }
  if (seconds < 3600) {
    return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  }
  return absl::StrFormat("%dh%02dm", seconds / 3600, seconds / 60 % 60);
}

std::string LocalTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", FromProto(time),
                          absl::LocalTimeZone());
}

std::string MetricsText(const vizier::Measurement& measurement) {
  return absl::StrJoin(measurement.metrics(), " ",
                       [](std::string* out, const auto& metric) {
                         absl::StrAppend(out, metric.metric_id(), "=",
                                         ShortNumber(metric.value()));
                       });
}

std::string ParametersText(const vizier::Trial& trial) {
  return absl::StrJoin(trial.parameters(), " ",
                       [](std::string* out, const auto& parameter) {
                         absl::StrAppend(out, parameter.parameter_id(), "=",
                                         ShortValue(parameter.value()));
                       });
}

std::string StateWord(const vizier::Trial& trial) {
  return IsGivenUp(trial) ? "LOST" : vizier::Trial::State_Name(trial.state());
}

std::string LossText(const vizier::Trial& trial) {
  return trial.state() == vizier::Trial::REQUESTED
             ? DescribeLoss(ReadLeaseHistory(trial))
             : "";
}

Style StateStyle(vizier::Trial::State state) {
  switch (state) {
    case vizier::Trial::SUCCEEDED:
      return Style::kGood;
    case vizier::Trial::INFEASIBLE:
      return Style::kBad;
    case vizier::Trial::REQUESTED:
      return Style::kFaint;
    default:
      return Style::kPlain;
  }
}

Table TrialTable(const vizier::StudySpec& spec,
                 const std::vector<vizier::Trial>& trials) {
  const std::vector<std::string> metrics = MetricNames(spec, trials);
  const std::vector<std::string> parameters = ParameterNames(spec);
  std::vector<Table::Column> columns = {{"ID", true}, {"STATE"}};
  for (const std::string& name : metrics) columns.push_back({name, true});
  for (const std::string& name : parameters) {
    const ParameterSpec& parameter = *FindParameter(spec, name);
    columns.push_back({name, !parameter.has_categorical_value_spec()});
  }
  for (const char* const title : {"TIME", "WORKER", "REASON"}) {
    columns.push_back({title, absl::string_view(title) == "TIME"});
  }
  Table table(std::move(columns));
  for (const vizier::Trial& trial : trials) {
    std::vector<Table::Cell> row = {
        trial.id(), {StateWord(trial), StateStyle(trial.state())}};
    for (const std::string& name : metrics) {
      const auto value = FindMetric(trial.final_measurement(), name);
      row.push_back(value ? ShortNumber(*value) : "");
    }
    std::map<std::string, std::string> values;
    for (const auto& parameter : trial.parameters()) {
      values[parameter.parameter_id()] = ShortValue(parameter.value());
    }
    for (const std::string& name : parameters) row.push_back(values[name]);
    row.push_back(DurationOf(trial));
    row.push_back(trial.client_id());
    row.push_back(trial.state() == vizier::Trial::REQUESTED
                      ? LossText(trial)
                      : trial.infeasible_reason());
    table.Add(std::move(row));
  }
  return table;
}

Table SearchSpaceTable(const vizier::StudySpec& spec) {
  Table table(
      {{"PARAMETER"}, {"TYPE"}, {"VALUES"}, {"SCALE"}, {"DEFAULT"}, {"WHEN"}});
  for (const ParameterSpec& parameter : spec.parameters()) {
    AddParameter(parameter, "", 0, table);
  }
  return table;
}

}  // namespace apogee
