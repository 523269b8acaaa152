// FormatStudyFile: writes what the file has words for, reads it back, and
// refuses when something got lost.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "nlohmann/json.hpp"
#include "proto/print.h"
#include "proto/study_file.h"
#include "proto/study_file_words.h"

namespace apogee {
namespace study_file {
namespace {

using google::protobuf::Value;

// `text` such that YAML reads it back as text: plain if it can be, else in
// quotes.
std::string TextAsYaml(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  // Words that some YAML reader or other takes for more than text.
  bool plain = !text.empty() && absl::ascii_isalpha(text.front());
  for (const char* const word :
       {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}) {
    plain = plain && lower != word;
  }
  for (const char c : text) {
    plain =
        plain && (absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.');
  }
  if (plain) return std::string(text);
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// {a: 1, b: 2}
std::string FlowMap(const std::vector<std::string>& entries) {
  return absl::StrCat("{", absl::StrJoin(entries, ", "), "}");
}

// [a, b]
std::string FlowList(const std::vector<std::string>& items) {
  return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
}

std::string Entry(absl::string_view key, absl::string_view value) {
  return absl::StrCat(TextAsYaml(key), ": ", value);
}

std::string ValueAsYaml(const Value& value) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case Value::kNumberValue:
      return NumberText(value.number_value());
    case Value::kStringValue:
      return TextAsYaml(value.string_value());
    case Value::kListValue: {
      std::vector<std::string> items;
      for (const Value& item : value.list_value().values()) {
        items.push_back(ValueAsYaml(item));
      }
      return FlowList(items);
    }
    case Value::kStructValue: {
      std::vector<std::string> entries;
      for (const auto& [key, item] : value.struct_value().fields()) {
        entries.push_back(Entry(key, ValueAsYaml(item)));
      }
      std::sort(entries.begin(), entries.end());
      return FlowMap(entries);
    }
    default:
      return "null";
  }
}

std::string AlgorithmAsYaml(const StudySpec& spec) {
  if (!spec.apogee_options().has_algorithm()) {
    return spec.algorithm().empty() ? "" : TextAsYaml(spec.algorithm());
  }
  std::vector<std::string> entries;
  for (const auto& [key, value] : spec.apogee_options().algorithm().fields()) {
    entries.push_back(Entry(key, ValueAsYaml(value)));
  }
  std::sort(entries.begin(), entries.end());
  if (!spec.algorithm().empty()) {
    entries.insert(entries.begin(),
                   Entry("name", TextAsYaml(spec.algorithm())));
  }
  return FlowMap(entries);
}

std::string MetricAsYaml(const StudySpec::MetricSpec& metric) {
  std::string goal = WordFor(metric.goal(), absl::MakeConstSpan(kGoals));
  if (!metric.has_safety_config()) return goal;
  const auto& safety = metric.safety_config();
  std::vector<std::string> entries = {
      Entry("goal", goal),
      Entry("threshold", NumberText(safety.safety_threshold()))};
  if (safety.has_desired_min_safe_trials_fraction()) {
    entries.push_back(
        Entry("min_safe_fraction",
              NumberText(safety.desired_min_safe_trials_fraction())));
  }
  return FlowMap(entries);
}

std::string StoppingAsYaml(const apogee::v1::Stopping& stopping) {
  std::vector<std::string> entries;
  if (!stopping.rule().empty()) {
    entries.push_back(Entry("rule", TextAsYaml(stopping.rule())));
  }
  if (stopping.has_min_steps()) {
    entries.push_back(Entry("min_steps", absl::StrCat(stopping.min_steps())));
  }
  if (stopping.has_min_trials()) {
    entries.push_back(Entry("min_trials", absl::StrCat(stopping.min_trials())));
  }
  if (stopping.has_percentile()) {
    entries.push_back(Entry("percentile", NumberText(stopping.percentile())));
  }
  if (stopping.has_eta()) {
    entries.push_back(Entry("eta", absl::StrCat(stopping.eta())));
  }
  if (stopping.has_max_steps()) {
    entries.push_back(Entry("max_steps", absl::StrCat(stopping.max_steps())));
  }
  if (stopping.has_confidence()) {
    entries.push_back(Entry("confidence", NumberText(stopping.confidence())));
  }
  if (stopping.has_fraction()) {
    entries.push_back(Entry("fraction", NumberText(stopping.fraction())));
  }
  const bool only_rule = entries.size() == 1 && !stopping.rule().empty();
  return only_rule ? TextAsYaml(stopping.rule()) : FlowMap(entries);
}

std::string LeaseAsYaml(const apogee::v1::Lease& lease) {
  std::vector<std::string> entries;
  if (lease.has_seconds()) {
    entries.push_back(Entry("seconds", absl::StrCat(lease.seconds())));
  }
  if (lease.has_reissues()) {
    entries.push_back(Entry("reissues", absl::StrCat(lease.reissues())));
  }
  if (lease.has_trial_seconds()) {
    entries.push_back(
        Entry("trial_seconds", absl::StrCat(lease.trial_seconds())));
  }
  const bool only_seconds = entries.size() == 1 && lease.has_seconds();
  return only_seconds ? absl::StrCat(lease.seconds()) : FlowMap(entries);
}

std::string TransferAsYaml(const apogee::v1::Transfer& transfer) {
  std::vector<std::string> entries;
  if (!transfer.from().empty()) {
    std::vector<std::string> names;
    names.reserve(transfer.from_size());
    for (const std::string& name : transfer.from()) {
      names.push_back(TextAsYaml(name));
    }
    entries.push_back(Entry("from", FlowList(names)));
  }
  if (transfer.has_similar()) {
    entries.push_back(Entry("similar", absl::StrCat(transfer.similar())));
  }
  if (!transfer.regressor().empty()) {
    entries.push_back(Entry("regressor", TextAsYaml(transfer.regressor())));
  }
  if (transfer.has_remote()) {
    entries.push_back(Entry("remote", transfer.remote() ? "true" : "false"));
  }
  return FlowMap(entries);
}

std::string MetadataAsYaml(const StudySpec& spec) {
  // By namespace, "" first.
  std::map<std::string, std::vector<std::string>> namespaces;
  for (const vizier::KeyValue& entry : spec.metadata()) {
    namespaces[entry.ns()].push_back(
        Entry(entry.key(), TextAsYaml(entry.value())));
  }
  std::string text;
  for (const auto& [ns, entries] : namespaces) {
    if (ns.empty()) {
      for (const std::string& entry : entries) {
        absl::StrAppend(&text, "  ", entry, "\n");
      }
    } else {
      absl::StrAppend(&text, "  ", Entry(ns, FlowMap(entries)), "\n");
    }
  }
  return text;
}

std::string DomainAsYaml(const ParameterSpec& spec) {
  std::vector<std::string> values;
  std::string type;
  if (spec.has_double_value_spec()) {
    type = "double";
    values = {NumberText(spec.double_value_spec().min_value()),
              NumberText(spec.double_value_spec().max_value())};
  } else if (spec.has_integer_value_spec()) {
    type = "int";
    values = {absl::StrCat(spec.integer_value_spec().min_value()),
              absl::StrCat(spec.integer_value_spec().max_value())};
  } else if (spec.has_discrete_value_spec()) {
    type = "discrete";
    for (const double value : spec.discrete_value_spec().values()) {
      values.push_back(NumberText(value));
    }
  } else if (IsBool(spec)) {
    return Entry("bool", "");
  } else {
    type = "categorical";
    for (const std::string& value : spec.categorical_value_spec().values()) {
      values.push_back(TextAsYaml(value));
    }
  }
  return Entry(type, FlowList(values));
}

std::string CategoryAsYaml(const std::string& value,
                           const ParameterSpec& spec) {
  if (!IsBool(spec)) return TextAsYaml(value);
  return value == "True" ? "true" : "false";
}

// The default; "" when there is none.
std::string DefaultAsYaml(const ParameterSpec& spec) {
  if (spec.double_value_spec().has_default_value()) {
    return NumberText(spec.double_value_spec().default_value().value());
  }
  if (spec.integer_value_spec().has_default_value()) {
    return absl::StrCat(spec.integer_value_spec().default_value().value());
  }
  if (spec.discrete_value_spec().has_default_value()) {
    return NumberText(spec.discrete_value_spec().default_value().value());
  }
  if (spec.categorical_value_spec().has_default_value()) {
    return CategoryAsYaml(spec.categorical_value_spec().default_value().value(),
                          spec);
  }
  return "";
}

// {parent: value} or {parent: [value, value]}
std::string ConditionAsYaml(
    const ParameterSpec& parent,
    const ParameterSpec::ConditionalParameterSpec& child) {
  std::vector<std::string> values;
  for (const int64_t value : child.parent_int_values().values()) {
    values.push_back(absl::StrCat(value));
  }
  for (const double value : child.parent_discrete_values().values()) {
    values.push_back(NumberText(value));
  }
  for (const auto& value : child.parent_categorical_values().values()) {
    values.push_back(CategoryAsYaml(value, parent));
  }
  return FlowMap({Entry(parent.parameter_id(),
                        values.size() == 1 ? values[0] : FlowList(values))});
}

// The declaration of a parameter that is active under any of `conditions`.
std::string ParameterAsYaml(const ParameterSpec& spec,
                            const std::vector<std::string>& conditions) {
  std::vector<std::string> entries = {DomainAsYaml(spec)};
  if (spec.scale_type() != ParameterSpec::SCALE_TYPE_UNSPECIFIED) {
    entries.push_back(Entry(
        "scale", WordFor(spec.scale_type(), absl::MakeConstSpan(kScales))));
  }
  if (const std::string value = DefaultAsYaml(spec); !value.empty()) {
    entries.push_back(Entry("default", value));
  }
  if (!IsBool(spec) && spec.external_type() != UsualExternalType(spec)) {
    entries.push_back(Entry(
        "as",
        WordFor(spec.external_type(), absl::MakeConstSpan(kExternalTypes))));
  }
  if (!conditions.empty()) {
    entries.push_back(Entry(
        "when", conditions.size() == 1 ? conditions[0] : FlowList(conditions)));
  }
  return IsBool(spec) && entries.size() == 1 ? "bool" : FlowMap(entries);
}

// Collects each parameter once, parents before children, with all conditions
// under which it stands anywhere in the tree.
class Declarations {
 public:
  void Add(const ParameterSpec& spec) {
    Find(spec);
    for (const auto& child : spec.conditional_parameter_specs()) {
      std::vector<std::string>& conditions =
          Find(child.parameter_spec()).conditions;
      std::string condition = ConditionAsYaml(spec, child);
      if (std::find(conditions.begin(), conditions.end(), condition) ==
          conditions.end()) {
        conditions.push_back(std::move(condition));
      }
      Add(child.parameter_spec());
    }
  }

  std::string AsYaml() const {
    std::string text;
    for (const Declaration& declaration : declarations_) {
      absl::StrAppend(
          &text, "  ",
          Entry(declaration.spec->parameter_id(),
                ParameterAsYaml(*declaration.spec, declaration.conditions)),
          "\n");
    }
    return text;
  }

 private:
  struct Declaration {
    const ParameterSpec* spec;
    std::vector<std::string> conditions = {};
  };

  Declaration& Find(const ParameterSpec& spec) {
    const auto [place, added] =
        index_.try_emplace(spec.parameter_id(), declarations_.size());
    if (added) declarations_.push_back(Declaration{.spec = &spec});
    return declarations_[place->second];
  }

  std::vector<Declaration> declarations_;
  std::map<std::string, size_t> index_;
};

std::string Write(const vizier::Study& study) {
  const StudySpec& spec = study.study_spec();
  const apogee::v1::StudyOptions& options = spec.apogee_options();
  std::string text =
      absl::StrCat(Entry("name", TextAsYaml(study.display_name())), "\n");
  const auto line = [&text](absl::string_view key, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, key, ": ", value, "\n");
  };
  line("algorithm", AlgorithmAsYaml(spec));
  absl::StrAppend(&text, "metrics:", spec.metrics().empty() ? " {}\n" : "\n");
  for (const auto& metric : spec.metrics()) {
    absl::StrAppend(&text, "  ",
                    Entry(metric.metric_id(), MetricAsYaml(metric)), "\n");
  }
  absl::StrAppend(&text,
                  "parameters:", spec.parameters().empty() ? " {}\n" : "\n");
  Declarations declarations;
  for (const ParameterSpec& parameter : spec.parameters()) {
    declarations.Add(parameter);
  }
  text += declarations.AsYaml();
  if (!options.constraints().empty()) absl::StrAppend(&text, "constraints:\n");
  for (const std::string& constraint : options.constraints()) {
    absl::StrAppend(&text, "  - ", TextAsYaml(constraint), "\n");
  }
  if (options.has_budget()) {
    line("budget",
         FlowMap({Entry("trials", absl::StrCat(options.budget().trials()))}));
  }
  if (options.has_seed()) line("seed", absl::StrCat(options.seed()));
  if (options.has_stopping()) {
    line("stopping", StoppingAsYaml(options.stopping()));
  }
  if (options.has_lease()) line("lease", LeaseAsYaml(options.lease()));
  line("share_for_training", options.share_for_training());
  if (options.has_transfer()) {
    line("transfer", TransferAsYaml(options.transfer()));
  }
  line("noise",
       WordFor(spec.observation_noise(), absl::MakeConstSpan(kNoises)));
  if (!spec.metadata().empty()) {
    absl::StrAppend(&text, "metadata:\n", MetadataAsYaml(spec));
  }
  return text;
}

}  // namespace
}  // namespace study_file

absl::StatusOr<std::string> FormatStudyFile(const vizier::Study& study) {
  std::string text = study_file::Write(study);
  const absl::StatusOr<vizier::Study> read = ParseStudyFile(text, "study");
  const std::string lost = read.ok() ? study_file::Difference(study, *read)
                                     : std::string(read.status().message());
  if (lost.empty()) return text;
  return absl::UnimplementedError(
      absl::StrCat("a study file can not say all of this study: ", lost));
}

}  // namespace apogee
