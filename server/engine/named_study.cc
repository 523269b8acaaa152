#include "server/engine/named_study.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "nlohmann/json.hpp"

namespace apogee {
namespace {

using Json = nlohmann::json;
using ParameterSpec = vizier::StudySpec::ParameterSpec;

constexpr size_t kMostMetadata = 20;
constexpr size_t kLongestMetadata = 100;

void AddNames(const ParameterSpec& parameter, std::set<std::string>& names) {
  names.insert(parameter.parameter_id());
  for (const auto& child : parameter.conditional_parameter_specs()) {
    AddNames(child.parameter_spec(), names);
  }
}

// Nothing for a value that is neither a number nor a word.
std::optional<NamedPoint> ReadPoint(const std::string& json) {
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  NamedPoint point;
  point.reserve(object.size());
  for (const auto& [name, value] : object.items()) {
    if (value.is_number()) {
      point.push_back({name, value.get<double>()});
    } else if (value.is_string()) {
      point.push_back({name, value.get<std::string>()});
    } else if (value.is_boolean()) {
      // As the categories of a bool are called.
      point.push_back({name, value.get<bool>() ? "True" : "False"});
    } else {
      return std::nullopt;
    }
  }
  return point;
}

std::optional<double> ReadValue(const TrialOutline& outline,
                                const std::string& metric) {
  if (!outline.is_feasible) return std::nullopt;
  const Json object = Json::parse(outline.final_metrics_json, nullptr,
                                  /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const auto value = object.find(metric);
  if (value == object.end() || !value->is_number()) return std::nullopt;
  const auto number = value->get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

StudyText DescribeStudy(const vizier::StudySpec& spec) {
  StudyText text;
  for (const auto& metric : spec.metrics()) {
    if (metric.has_safety_config()) continue;
    text.metric = metric.metric_id();
    text.maximize = metric.goal() != vizier::StudySpec::MetricSpec::MINIMIZE;
    break;
  }
  std::map<std::string, std::string> metadata;
  for (const vizier::KeyValue& entry : spec.metadata()) {
    if (entry.ns().empty() && entry.has_value() &&
        entry.key().size() <= kLongestMetadata &&
        entry.value().size() <= kLongestMetadata) {
      metadata[entry.key()] = entry.value();
    }
  }
  for (auto& [key, value] : metadata) {
    if (text.metadata.size() == kMostMetadata) break;
    text.metadata.emplace_back(key, std::move(value));
  }
  return text;
}

std::set<std::string> ParameterNames(const vizier::StudySpec& spec) {
  std::set<std::string> names;
  for (const ParameterSpec& parameter : spec.parameters()) {
    AddNames(parameter, names);
  }
  return names;
}

std::vector<NamedTrial> ReadTrials(absl::Span<const TrialOutline> outlines,
                                   const std::string& metric) {
  std::vector<NamedTrial> trials;
  trials.reserve(outlines.size());
  for (const TrialOutline& outline : outlines) {
    std::optional<NamedPoint> point = ReadPoint(outline.parameters_json);
    if (!point) continue;
    trials.push_back({*std::move(point), ReadValue(outline, metric)});
  }
  return trials;
}

std::vector<NamedTrial> Sample(std::vector<NamedTrial> trials, bool maximize,
                               int limit) {
  const auto wanted = static_cast<size_t>(limit);
  if (trials.size() <= wanted) return trials;
  // The best come first, infeasible ones last.
  std::vector<size_t> order(trials.size());
  std::iota(order.begin(), order.end(), 0);
  const double sign = maximize ? 1 : -1;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (!trials[a].value || !trials[b].value) {
      return trials[a].value.has_value() && !trials[b].value.has_value();
    }
    return sign * *trials[a].value > sign * *trials[b].value;
  });
  const size_t best = wanted / 2;
  std::vector<size_t> rest(order.begin() + static_cast<std::ptrdiff_t>(best),
                           order.end());
  std::sort(rest.begin(), rest.end());
  std::vector<size_t> chosen(order.begin(),
                             order.begin() + static_cast<std::ptrdiff_t>(best));
  chosen.reserve(wanted);
  for (size_t i = best; i < wanted; ++i) {
    chosen.push_back(rest[(i - best) * rest.size() / (wanted - best)]);
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<NamedTrial> sample;
  sample.reserve(wanted);
  for (const size_t i : chosen) sample.push_back(std::move(trials[i]));
  return sample;
}

apogee::v1::NamedStudy::Trial ToProto(const NamedTrial& trial) {
  apogee::v1::NamedStudy::Trial proto;
  for (const NamedValue& parameter : trial.point) {
    auto& value = (*proto.mutable_parameters())[parameter.name];
    if (const double* number = std::get_if<double>(&parameter.value)) {
      value.set_number_value(*number);
    } else {
      value.set_string_value(std::get<std::string>(parameter.value));
    }
  }
  if (trial.value) proto.set_value(*trial.value);
  return proto;
}

apogee::v1::NamedStudy ToProto(const std::string& name,
                               const NamedStudy& study) {
  apogee::v1::NamedStudy proto;
  proto.set_name(name);
  proto.set_metric(study.text.metric);
  proto.set_maximize(study.text.maximize);
  for (const auto& [key, value] : study.text.metadata) {
    (*proto.mutable_metadata())[key] = value;
  }
  for (const NamedTrial& trial : study.trials) {
    *proto.add_trials() = ToProto(trial);
  }
  return proto;
}

absl::StatusOr<NamedStudy> FromProto(const apogee::v1::NamedStudy& proto) {
  NamedStudy study;
  study.text.metric = proto.metric();
  study.text.maximize = proto.maximize();
  // Sorted: a map of protobuf has no order of its own.
  const std::map<std::string, std::string> metadata(proto.metadata().begin(),
                                                    proto.metadata().end());
  study.text.metadata.assign(metadata.begin(), metadata.end());
  study.trials.reserve(proto.trials_size());
  for (const apogee::v1::NamedStudy::Trial& trial : proto.trials()) {
    NamedTrial& read = study.trials.emplace_back();
    read.point.reserve(trial.parameters_size());
    for (const auto& [name, value] : trial.parameters()) {
      if (value.has_number_value()) {
        read.point.push_back({name, value.number_value()});
      } else {
        read.point.push_back({name, value.string_value()});
      }
    }
    std::sort(read.point.begin(), read.point.end(),
              [](const NamedValue& a, const NamedValue& b) {
                return a.name < b.name;
              });
    if (trial.has_value()) read.value = trial.value();
  }
  RETURN_IF_ERROR(CheckStudy(study));
  return study;
}

}  // namespace apogee
