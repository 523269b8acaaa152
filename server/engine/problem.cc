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

  const apogee::v1::Stopping& stopping = problem->options_.stopping();
  problem->stopper_ = FindStopper(stopping.rule());
  if (problem->stopper_ == nullptr) {
    return FieldError(
        "study.study_spec.apogee_options.stopping.rule",
        absl::StrCat("stopping rule ", Quoted(stopping.rule()), " is unknown",
                     DidYouMean(stopping.rule(), StopperNames()),
                     " (there are ", absl::StrJoin(StopperNames(), ", "), ")"));
  }
  if (stopping.has_min_steps()) {
    problem->stopper_options_.min_steps = stopping.min_steps();
  }
  if (stopping.has_min_trials()) {
    problem->stopper_options_.min_trials = stopping.min_trials();
  }

  const auto objective = std::find_if(
      problem->metrics_.begin(), problem->metrics_.end(),
      [](const Metric& metric) { return metric.goal.IsObjective(); });
  problem->stopper_options_.negated =
      objective != problem->metrics_.end() && objective->sign < 0;

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
