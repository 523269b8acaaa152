#include "server/engine/problem.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "algorithms/default_algorithm.h"
#include "base/check.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "proto/linear_constraint.h"
#include "proto/options.h"
#include "proto/print.h"
#include "proto/validate.h"

namespace apogee {
namespace {

// The same error, with the field of the spec that it is about.
absl::Status AboutField(absl::string_view field, const absl::Status& status) {
  if (status.ok()) return status;
  return FieldError(absl::StrCat("study.study_spec.", field), status.message());
}

int64_t ParameterBytes(const vizier::StudySpec::ParameterSpec& parameter) {
  constexpr int64_t kNumberAndTags = 32;
  size_t category = 0;
  for (const std::string& value : parameter.categorical_value_spec().values()) {
    category = std::max(category, value.size());
  }
  auto bytes = static_cast<int64_t>(parameter.parameter_id().size() + category +
                                    kNumberAndTags);
  for (const auto& child : parameter.conditional_parameter_specs()) {
    bytes += ParameterBytes(child.parameter_spec());
  }
  return bytes;
}

absl::Status AboutStopping(absl::string_view option,
                           absl::string_view message) {
  return FieldError(
      absl::StrCat("study.study_spec.apogee_options.stopping.", option),
      message);
}

bool Takes(const Stopper& stopper, absl::string_view option) {
  if (option == "rule" || option == "min_steps" || option == "min_trials") {
    return true;
  }
  const std::vector<absl::string_view> options = stopper.Options();
  return std::find(options.begin(), options.end(), option) != options.end();
}

// That the rule takes every option that is set.
absl::Status CheckTaken(const apogee::v1::Stopping& stopping,
                        const std::string& rule, const Stopper& stopper) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  stopping.GetReflection()->ListFields(stopping, &fields);
  for (const google::protobuf::FieldDescriptor* const field : fields) {
    if (Takes(stopper, field->name())) continue;
    std::vector<std::string> rules;
    for (const std::string& name : StopperNames()) {
      if (Takes(*FindStopper(name), field->name())) rules.push_back(name);
    }
    return AboutStopping(
        field->name(),
        absl::StrCat("rule ", rule, " does not take the option stopping.",
                     field->name(), "; leave it out, or take ",
                     absl::StrJoin(rules, " or ")));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UnknownAlgorithm(absl::string_view name) {
  std::vector<std::string> names = {OpenChoiceNames().front()};
  names.reserve(Algorithms().size() + 1);
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    names.push_back(algorithm.name);
  }
  return FieldError("study.study_spec.algorithm",
                    absl::StrCat("algorithm ", Quoted(name), " is unknown",
                                 DidYouMean(name, names), " (there are ",
                                 absl::StrJoin(names, ", "),
                                 "; any other needs a Pythia endpoint)"));
}

std::string PythiaEndpoint(const vizier::StudySpec& spec) {
  for (const vizier::KeyValue& entry : spec.metadata()) {
    if (entry.ns() == ":service" && entry.key() == "PYTHIA_ENDPOINT") {
      return entry.value();
    }
  }
  return "";
}

absl::StatusOr<std::shared_ptr<const StudyProblem>> StudyProblem::Create(
    const vizier::StudySpec& spec, const StudyGivens& given) {
  auto problem = std::shared_ptr<StudyProblem>(new StudyProblem);
  ASSIGN_OR_RETURN(problem->options_, ReadStudyOptions(spec));
  problem->background_ = given.background;

  for (const vizier::StudySpec::MetricSpec& metric : spec.metrics()) {
    const double sign =
        metric.goal() == vizier::StudySpec::MetricSpec::MINIMIZE ? -1 : 1;
    Metric known{.id = metric.metric_id(), .sign = sign};
    if (metric.has_safety_config()) {
      known.goal.threshold = sign * metric.safety_config().safety_threshold();
    } else {
      ++problem->objectives_;
    }
    problem->metrics_.push_back(std::move(known));
  }

  for (const auto& parameter : spec.parameters()) {
    problem->trial_bytes_ += ParameterBytes(parameter);
  }

  RETURN_IF_ERROR(problem->SetStopper());

  std::vector<LinearConstraint> constraints;
  for (const std::string& text : problem->options_.constraints()) {
    ASSIGN_OR_RETURN(constraints.emplace_back(), ParseLinearConstraint(text));
  }
  const bool is_open = IsOpenChoice(spec.algorithm());
  problem->algorithm_name_ = is_open ? given.algorithm : spec.algorithm();
  problem->algorithm_ = FindAlgorithm(problem->algorithm_name_);
  if (is_open && !given.algorithm.empty() && problem->algorithm_ == nullptr) {
    return UnknownAlgorithm(given.algorithm);
  }
  if (!is_open && problem->algorithm_ == nullptr && constraints.empty()) {
    return problem;
  }
  absl::StatusOr<SearchSpace> space =
      SearchSpace::Create(spec.parameters(), constraints);
  RETURN_IF_ERROR(AboutField("parameters", space.status()));
  problem->space_ = *std::move(space);
  if (problem->algorithm_ == nullptr) {
    if (!is_open) return problem;
    problem->algorithm_ =
        &ChooseAlgorithm(problem->ForAlgorithm(), given.trials);
    problem->algorithm_name_ = problem->algorithm_->name;
  }
  const AlgorithmInfo& info = problem->algorithm_->info;
  absl::StatusOr<OptionValues> options = CheckOptions(
      problem->algorithm_name_, info.options, problem->options_.algorithm());
  RETURN_IF_ERROR(AboutField("apogee_options.algorithm", options.status()));
  problem->algorithm_options_ = *std::move(options);
  // A problem that the algorithm can not work on is refused now, not at the
  // first suggestion.
  RETURN_IF_ERROR(AboutField(
      "algorithm",
      CreateAlgorithm(*problem->algorithm_, problem->ForAlgorithm()).status()));
  return problem;
}

absl::Status StudyProblem::SetStopper() {
  const apogee::v1::Stopping& stopping = options_.stopping();
  stopper_name_ = stopping.rule().empty() ? kDefaultStopper : stopping.rule();
  stopper_ = FindStopper(stopper_name_);
  if (stopper_ == nullptr) {
    return AboutStopping(
        "rule",
        absl::StrCat("stopping rule ", Quoted(stopper_name_), " is unknown",
                     DidYouMean(stopper_name_, StopperNames()), " (there are ",
                     absl::StrJoin(StopperNames(), ", "), ")"));
  }
  RETURN_IF_ERROR(CheckTaken(stopping, stopper_name_, *stopper_));
  StopperOptions& options = stopper_options_;
  if (stopping.has_min_steps()) options.min_steps = stopping.min_steps();
  if (stopping.has_min_trials()) options.min_trials = stopping.min_trials();
  if (stopping.has_percentile()) options.percentile = stopping.percentile();
  if (stopping.has_eta()) options.eta = stopping.eta();
  if (stopping.has_max_steps()) options.max_steps = stopping.max_steps();
  if (stopping.has_confidence()) options.confidence = stopping.confidence();
  if (stopping.has_fraction()) options.fraction = stopping.fraction();
  if (Takes(*stopper_, "max_steps") && !stopping.has_max_steps()) {
    return AboutStopping(
        "max_steps", absl::StrCat("rule ", stopper_name_,
                                  " needs the option stopping.max_steps, the "
                                  "steps of a whole trial"));
  }
  if (const int64_t first = std::max<int64_t>(options.min_steps, 1);
      stopping.has_max_steps() && options.max_steps / options.eta < first) {
    return AboutStopping(
        "max_steps",
        absl::StrCat("option stopping.max_steps is ", options.max_steps,
                     "; it must be eta (", options.eta, ") times min_steps (",
                     first, ") or more"));
  }
  for (const Metric& metric : metrics_) {
    stopping_metrics_.push_back({.id = metric.id,
                                 .is_constraint = !metric.goal.IsObjective(),
                                 .minimize = metric.sign < 0});
  }
  return absl::OkStatus();
}

Problem StudyProblem::ForAlgorithm() const {
  Problem problem{.space = &*space_,
                  .goals = {},
                  .budget = options_.budget().trials(),
                  .options = algorithm_options_,
                  .background = background_};
  for (const Metric& metric : metrics_) problem.goals.push_back(metric.goal);
  return problem;
}

std::unique_ptr<Algorithm> StudyProblem::MakeAlgorithm() const {
  absl::StatusOr<std::unique_ptr<Algorithm>> algorithm =
      CreateAlgorithm(*algorithm_, ForAlgorithm());
  APOGEE_CHECK(algorithm.ok());
  return *std::move(algorithm);
}

absl::Status StudyProblem::CheckConstraints(
    const SearchSpace::Parameters& parameters) const {
  if (!space_ || !space_->IsConstrained()) return absl::OkStatus();
  return space_->Encode(parameters).status();
}

std::vector<double> StudyProblem::SignedValues(
    const vizier::Measurement& measurement) const {
  std::vector<double> values;
  values.reserve(metrics_.size());
  for (const Metric& metric : metrics_) {
    for (const vizier::Measurement::Metric& measured : measurement.metrics()) {
      if (measured.metric_id() != metric.id) continue;
      if (!std::isfinite(measured.value())) return {};
      values.push_back(metric.sign * measured.value());
      break;
    }
  }
  if (values.size() != metrics_.size()) return {};
  return values;
}

bool StudyProblem::IsSafe(absl::Span<const double> signed_values) const {
  for (size_t i = 0; i < metrics_.size(); ++i) {
    if (!metrics_[i].goal.IsKeptBy(signed_values[i])) return false;
  }
  return true;
}

}  // namespace apogee
