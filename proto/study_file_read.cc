// ParseStudyFile.
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "google/rpc/error_details.pb.h"
#include "proto/linear_constraint.h"
#include "proto/names.h"
#include "proto/options.h"
#include "proto/print.h"
#include "proto/study_file.h"
#include "proto/study_file_words.h"
#include "proto/transfer.h"
#include "proto/validate.h"
#include "proto/yaml.h"

namespace apogee {
namespace study_file {
namespace {

using apogee::v1::StudyOptions;
using Kind = YamlNode::Kind;

absl::Status ReadName(const YamlNode& file, vizier::Study& study) {
  const YamlNode* const node = file.Find("name");
  if (node == nullptr) {
    return file.Error("name is missing; add \"name: my-study\"");
  }
  ASSIGN_OR_RETURN(*study.mutable_display_name(), node->AsText());
  const absl::Status valid =
      ValidateComponent(study.display_name(), "the study's name");
  return valid.ok() ? valid : node->Error(valid.message());
}

absl::Status ReadMetric(const YamlNode& node, StudySpec::MetricSpec& metric) {
  metric.set_metric_id(node.key);
  const YamlNode* goal = &node;
  if (node.kind == Kind::kMap) {
    RETURN_IF_ERROR(node.HasOnly({"goal", "threshold", "min_safe_fraction"}));
    goal = node.Find("goal");
    if (goal == nullptr) {
      return node.Error(
          "goal is missing; add \"goal: maximize\" or \"goal: minimize\"");
    }
    const YamlNode* const threshold = node.Find("threshold");
    const YamlNode* const fraction = node.Find("min_safe_fraction");
    if (threshold != nullptr) {
      ASSIGN_OR_RETURN(const double value, threshold->AsNumber());
      metric.mutable_safety_config()->set_safety_threshold(value);
    }
    if (fraction != nullptr) {
      if (threshold == nullptr) {
        return fraction->Error("needs a threshold to say what is safe");
      }
      ASSIGN_OR_RETURN(const double value, fraction->AsNumber());
      metric.mutable_safety_config()->set_desired_min_safe_trials_fraction(
          value);
    }
  }
  ASSIGN_OR_RETURN(const auto meaning,
                   Meaning(*goal, "goal", absl::MakeConstSpan(kGoals)));
  metric.set_goal(meaning);
  return absl::OkStatus();
}

absl::Status ReadMetrics(const YamlNode& file, StudySpec& spec) {
  const YamlNode* const node = file.Find("metrics");
  if (node == nullptr) {
    return file.Error(
        "metrics is missing; add \"metrics: {accuracy: maximize}\"");
  }
  if (node->kind != Kind::kMap) {
    return node->Error(
        "expected metrics with goals, as in {accuracy: maximize}");
  }
  for (const YamlNode& metric : node->children) {
    RETURN_IF_ERROR(ReadMetric(metric, *spec.add_metrics()));
  }
  return absl::OkStatus();
}

absl::Status ReadAlgorithm(const YamlNode& node, StudySpec& spec) {
  const YamlNode* name = &node;
  if (node.kind == Kind::kMap) {
    name = node.Find("name");
    auto& options = *spec.mutable_apogee_options()->mutable_algorithm();
    for (const YamlNode& option : node.children) {
      if (&option == name) continue;
      (*options.mutable_fields())[option.key] = option.AsValue();
    }
    if (name == nullptr) return absl::OkStatus();
  } else if (node.kind != Kind::kText) {
    return node.Error(
        "expected a name, or a name with options as in {name: NAME, option: "
        "value}");
  }
  ASSIGN_OR_RETURN(*spec.mutable_algorithm(), name->AsText());
  if (!spec.algorithm().empty()) return absl::OkStatus();
  return name->Error("is empty; leave it out for the server's default");
}

absl::Status ReadBudget(const YamlNode& node, StudyOptions& options) {
  RETURN_IF_ERROR(node.HasOnly({"trials"}));
  const YamlNode* const trials = node.Find("trials");
  if (trials == nullptr) {
    return node.Error("is empty; add \"trials: 100\" or remove it");
  }
  ASSIGN_OR_RETURN(const int64_t value, trials->AsInteger());
  if (value < 1) return trials->Error("must be 1 or more");
  options.mutable_budget()->set_trials(value);
  return absl::OkStatus();
}

absl::Status ReadConstraints(const YamlNode& node, StudyOptions& options) {
  if (node.kind != Kind::kList) {
    return node.Error("expected a list such as [\"a + b <= 1\"]");
  }
  for (const YamlNode& item : node.children) {
    ASSIGN_OR_RETURN(std::string text, item.AsText());
    if (const auto read = ParseLinearConstraint(text); !read.ok()) {
      return item.Error(read.status().message());
    }
    options.add_constraints(std::move(text));
  }
  return absl::OkStatus();
}

absl::Status ReadStopping(const YamlNode& node, StudyOptions& options) {
  auto& stopping = *options.mutable_stopping();
  const YamlNode* rule = &node;
  if (node.kind == Kind::kMap) {
    RETURN_IF_ERROR(
        node.HasOnly({"rule", "min_steps", "min_trials", "percentile", "eta",
                      "max_steps", "confidence", "fraction"}));
    if (const YamlNode* const steps = node.Find("min_steps")) {
      ASSIGN_OR_RETURN(const int64_t value, steps->AsInteger());
      if (value < 0) return steps->Error("must be 0 or more");
      stopping.set_min_steps(value);
    }
    if (const YamlNode* const trials = node.Find("min_trials")) {
      ASSIGN_OR_RETURN(const int64_t value, trials->AsInteger());
      if (value < 1) return trials->Error("must be 1 or more");
      stopping.set_min_trials(value);
    }
    if (const YamlNode* const percentile = node.Find("percentile")) {
      ASSIGN_OR_RETURN(const double value, percentile->AsNumber());
      stopping.set_percentile(value);
    }
    if (const YamlNode* const eta = node.Find("eta")) {
      ASSIGN_OR_RETURN(const int64_t value, eta->AsInteger());
      stopping.set_eta(value);
    }
    if (const YamlNode* const steps = node.Find("max_steps")) {
      ASSIGN_OR_RETURN(const int64_t value, steps->AsInteger());
      stopping.set_max_steps(value);
    }
    if (const YamlNode* const confidence = node.Find("confidence")) {
      ASSIGN_OR_RETURN(const double value, confidence->AsNumber());
      stopping.set_confidence(value);
    }
    if (const YamlNode* const fraction = node.Find("fraction")) {
      ASSIGN_OR_RETURN(const double value, fraction->AsNumber());
      stopping.set_fraction(value);
    }
    if (const absl::Status valid = CheckStopping(stopping); !valid.ok()) {
      return node.Error(valid.message());
    }
    rule = node.Find("rule");
    if (rule == nullptr) return absl::OkStatus();
  } else if (node.kind != Kind::kText) {
    return node.Error(
        "expected a rule such as MEDIAN, or a map such as {rule: MEDIAN, "
        "min_steps: 5}");
  }
  ASSIGN_OR_RETURN(*stopping.mutable_rule(), rule->AsText());
  if (!stopping.rule().empty()) return absl::OkStatus();
  return rule->Error("is empty; leave it out for MEDIAN");
}

absl::Status ReadLease(const YamlNode& node, StudyOptions& options) {
  apogee::v1::Lease& lease = *options.mutable_lease();
  if (node.kind == Kind::kMap) {
    RETURN_IF_ERROR(node.HasOnly({"seconds", "reissues", "trial_seconds"}));
    if (const YamlNode* const seconds = node.Find("seconds")) {
      ASSIGN_OR_RETURN(const int64_t value, seconds->AsInteger());
      lease.set_seconds(value);
    }
    if (const YamlNode* const reissues = node.Find("reissues")) {
      ASSIGN_OR_RETURN(const int64_t value, reissues->AsInteger());
      lease.set_reissues(value);
    }
    if (const YamlNode* const seconds = node.Find("trial_seconds")) {
      ASSIGN_OR_RETURN(const int64_t value, seconds->AsInteger());
      lease.set_trial_seconds(value);
    }
  } else if (node.kind == Kind::kText) {
    ASSIGN_OR_RETURN(const int64_t value, node.AsInteger());
    lease.set_seconds(value);
  } else {
    return node.Error(
        "expected seconds such as 60, or a map such as {seconds: 60, reissues: "
        "3}");
  }
  const absl::Status valid = CheckLease(lease);
  return valid.ok() ? valid : node.Error(valid.message());
}

absl::Status ReadTransfer(const YamlNode& node, StudyOptions& options) {
  RETURN_IF_ERROR(node.HasOnly({"from", "similar", "regressor", "remote"}));
  apogee::v1::Transfer& transfer = *options.mutable_transfer();
  if (const YamlNode* const from = node.Find("from")) {
    if (from->kind != Kind::kList) {
      return from->Error("expected a list of studies such as [digits]");
    }
    for (const YamlNode& item : from->children) {
      ASSIGN_OR_RETURN(*transfer.add_from(), item.AsText());
    }
  }
  if (const YamlNode* const similar = node.Find("similar")) {
    ASSIGN_OR_RETURN(const int64_t value, similar->AsInteger());
    transfer.set_similar(value);
  }
  if (const YamlNode* const regressor = node.Find("regressor")) {
    ASSIGN_OR_RETURN(*transfer.mutable_regressor(), regressor->AsText());
    if (transfer.regressor().empty()) {
      return regressor->Error("is empty; leave it out for latest");
    }
  }
  if (const YamlNode* const remote = node.Find("remote")) {
    ASSIGN_OR_RETURN(const bool value, remote->AsBool());
    transfer.set_remote(value);
  }
  const absl::Status valid = CheckLearningOptions(options);
  return valid.ok() ? valid : node.Error(valid.message());
}

absl::Status ReadMetadata(const YamlNode& node, absl::string_view ns,
                          StudySpec& spec) {
  RETURN_IF_ERROR(node.IsMap());
  for (const YamlNode& entry : node.children) {
    if (entry.kind == Kind::kMap && ns.empty()) {
      RETURN_IF_ERROR(ReadMetadata(entry, entry.key, spec));
      continue;
    }
    auto& pair = *spec.add_metadata();
    pair.set_ns(std::string(ns));
    pair.set_key(entry.key);
    ASSIGN_OR_RETURN(*pair.mutable_value(), entry.AsText());
  }
  return absl::OkStatus();
}

absl::Status ReadSettings(const YamlNode& file, StudySpec& spec) {
  if (const YamlNode* const node = file.Find("algorithm")) {
    RETURN_IF_ERROR(ReadAlgorithm(*node, spec));
  }
  if (const YamlNode* const node = file.Find("budget")) {
    RETURN_IF_ERROR(ReadBudget(*node, *spec.mutable_apogee_options()));
  }
  if (const YamlNode* const node = file.Find("constraints")) {
    RETURN_IF_ERROR(ReadConstraints(*node, *spec.mutable_apogee_options()));
  }
  if (const YamlNode* const node = file.Find("seed")) {
    ASSIGN_OR_RETURN(const uint64_t seed, node->AsUnsigned());
    spec.mutable_apogee_options()->set_seed(seed);
  }
  if (const YamlNode* const node = file.Find("stopping")) {
    RETURN_IF_ERROR(ReadStopping(*node, *spec.mutable_apogee_options()));
  }
  if (const YamlNode* const node = file.Find("lease")) {
    RETURN_IF_ERROR(ReadLease(*node, *spec.mutable_apogee_options()));
  }
  if (const YamlNode* const node = file.Find("share_for_training")) {
    ASSIGN_OR_RETURN(const char* const sharing,
                     Meaning(*node, "word", absl::MakeConstSpan(kSharings)));
    spec.mutable_apogee_options()->set_share_for_training(sharing);
  }
  if (const YamlNode* const node = file.Find("transfer")) {
    RETURN_IF_ERROR(ReadTransfer(*node, *spec.mutable_apogee_options()));
  }
  if (const YamlNode* const node = file.Find("noise")) {
    ASSIGN_OR_RETURN(const auto noise,
                     Meaning(*node, "noise", absl::MakeConstSpan(kNoises)));
    spec.set_observation_noise(noise);
  }
  if (const YamlNode* const node = file.Find("metadata")) {
    RETURN_IF_ERROR(ReadMetadata(*node, "", spec));
  }
  return absl::OkStatus();
}

// The key that declares what `path`, a field of `spec`, is about.
const YamlNode* FindDeclaration(const YamlNode& file, const StudySpec& spec,
                                absl::string_view path) {
  const auto index = [&path](absl::string_view field) {
    if (!absl::ConsumePrefix(&path, absl::StrCat(field, "["))) return -1;
    int i = 0;
    for (; !absl::ConsumePrefix(&path, "]"); path.remove_prefix(1)) {
      i = i * 10 + (path.front() - '0');
    }
    absl::ConsumePrefix(&path, ".");
    return i;
  };
  if (const int i = index("metrics"); i >= 0) {
    return file.Find("metrics")->Find(spec.metrics(i).metric_id());
  }
  int i = index("parameters");
  // The file's own options are right by now.
  if (i < 0) return file.Find("metadata");
  const ParameterSpec* parameter = &spec.parameters(i);
  while ((i = index("conditional_parameter_specs")) >= 0) {
    parameter = &parameter->conditional_parameter_specs(i).parameter_spec();
    absl::ConsumePrefix(&path, "parameter_spec.");
  }
  return file.Find("parameters")->Find(parameter->parameter_id());
}

// What ValidateStudySpec says, in the terms of the file.
absl::Status Check(const YamlNode& file, const StudySpec& spec) {
  absl::Status status = ValidateStudySpec(spec);
  if (status.ok()) return status;
  google::rpc::BadRequest details;
  details.ParseFromString(
      std::string(status.GetPayload("type.googleapis.com/google.rpc.BadRequest")
                      .value_or(absl::Cord())));
  const YamlNode* const node =
      details.field_violations().empty()
          ? nullptr
          : FindDeclaration(file, spec, details.field_violations(0).field());
  if (node == nullptr) return file.Error(status.message());
  // The path of the key names the thing already.
  absl::string_view message = status.message();
  for (const char* const kind : {"parameter ", "metric "}) {
    absl::ConsumePrefix(&message, absl::StrCat(kind, Quoted(node->key), ": "));
  }
  return node->Error(message);
}

absl::StatusOr<vizier::Study> ReadStudy(const YamlNode& file) {
  if (file.kind == Kind::kNull) {
    return file.Error("the file is empty; it needs name, metrics, parameters");
  }
  RETURN_IF_ERROR(
      file.HasOnly({"name", "algorithm", "metrics", "parameters", "constraints",
                    "budget", "seed", "stopping", "lease", "share_for_training",
                    "transfer", "noise", "metadata"}));
  vizier::Study study;
  RETURN_IF_ERROR(ReadName(file, study));
  StudySpec& spec = *study.mutable_study_spec();
  RETURN_IF_ERROR(ReadMetrics(file, spec));
  const YamlNode* const parameters = file.Find("parameters");
  if (parameters == nullptr) {
    return file.Error(
        "parameters is missing; add \"parameters: {lr: {double: [0, 1]}}\"");
  }
  RETURN_IF_ERROR(ReadParameters(*parameters, spec));
  RETURN_IF_ERROR(ReadSettings(file, spec));
  RETURN_IF_ERROR(Check(file, spec));
  return study;
}

}  // namespace
}  // namespace study_file

absl::StatusOr<vizier::Study> ParseStudyFile(absl::string_view text,
                                             absl::string_view filename) {
  const absl::StatusOr<YamlNode> file = YamlNode::Parse(text);
  absl::StatusOr<vizier::Study> study =
      file.ok() ? study_file::ReadStudy(*file) : file.status();
  if (study.ok()) return study;
  return absl::InvalidArgumentError(
      absl::StrCat(filename, ":", study.status().message()));
}

}  // namespace apogee
