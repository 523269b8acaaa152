#include "tests/model/model.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "algorithms/registry.h"
#include "google/protobuf/util/message_differencer.h"

namespace apogee {
namespace {

using vizier::Measurement;
using vizier::Trial;

constexpr int kCallsKept = 8;

absl::Status NotFound() { return absl::NotFoundError(""); }
absl::Status Refused() { return absl::FailedPreconditionError(""); }

bool IsOpen(const vizier::Study& study) {
  return study.state() == vizier::Study::ACTIVE;
}
bool IsRunning(const Trial& trial) {
  return trial.state() == Trial::ACTIVE || trial.state() == Trial::STOPPING;
}
bool IsOver(const Trial& trial) {
  return trial.state() == Trial::SUCCEEDED ||
         trial.state() == Trial::INFEASIBLE;
}

// NaN is as good as NaN.
bool AreEqual(const Trial& a, const Trial& b) {
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(a, b);
}

// The parameters of the study's point number `ordinal`, if there is one.
std::optional<Trial> PointOf(const vizier::StudySpec& spec, int64_t ordinal) {
  const RegisteredAlgorithm& chosen = *FindAlgorithm(spec.algorithm());
  const SearchSpace space = *SearchSpace::Create(spec.parameters());
  const auto algorithm = *CreateAlgorithm(
      chosen,
      {.space = &space,
       .goals = std::vector<Goal>(static_cast<size_t>(spec.metrics_size())),
       .options = *CheckOptions(spec.algorithm(), chosen.info.options,
                                spec.apogee_options().algorithm())});
  const Rng rng(spec.apogee_options().seed());
  const auto suggestions = *algorithm->Suggest(
      {.count = 1, .ordinal = ordinal, .pending = {}, .rng = rng});
  if (suggestions.empty()) return std::nullopt;
  Trial trial;
  *trial.mutable_parameters() = space.Decode(suggestions[0].point);
  return trial;
}

// The value of a metric, more being better; nothing if it is missing or
// useless.
std::optional<double> ValueOf(const Measurement& measurement,
                              const vizier::StudySpec::MetricSpec& spec) {
  for (const Measurement::Metric& metric : measurement.metrics()) {
    if (metric.metric_id() != spec.metric_id()) continue;
    if (!std::isfinite(metric.value())) return std::nullopt;
    return spec.goal() == vizier::StudySpec::MetricSpec::MINIMIZE
               ? -metric.value()
               : metric.value();
  }
  return std::nullopt;
}

// The objectives of a trial that may be optimal; nothing for any other.
std::optional<std::vector<double>> ObjectivesOf(const Trial& trial,
                                                const vizier::StudySpec& spec) {
  if (trial.state() != Trial::SUCCEEDED) return std::nullopt;
  std::vector<double> objectives;
  for (const auto& metric : spec.metrics()) {
    const std::optional<double> value =
        ValueOf(trial.final_measurement(), metric);
    if (!value) return std::nullopt;
    if (!metric.has_safety_config()) {
      objectives.push_back(*value);
      continue;
    }
    const double sign =
        metric.goal() == vizier::StudySpec::MetricSpec::MINIMIZE ? -1 : 1;
    if (*value < sign * metric.safety_config().safety_threshold()) {
      return std::nullopt;
    }
  }
  return objectives;
}

bool Dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) return false;
    better = better || a[i] > b[i];
  }
  return better;
}

// A trial's first objective by step.
std::map<int64_t, double> CurveOf(const Trial& trial,
                                  const vizier::StudySpec& spec) {
  std::map<int64_t, double> curve;
  for (int i = 0; i < trial.measurements_size(); ++i) {
    const Measurement& measurement = trial.measurements(i);
    const int64_t step =
        measurement.step_count() > 0 ? measurement.step_count() : i + 1;
    const std::optional<double> value = ValueOf(measurement, spec.metrics(0));
    // What comes out of order is left out.
    if (value && (curve.empty() || step > curve.rbegin()->first)) {
      curve[step] = *value;
    }
  }
  return curve;
}

// Whether the trial knows already that it should stop.
bool WasTold(const Trial& trial) {
  return std::any_of(trial.metadata().begin(), trial.metadata().end(),
                     [](const vizier::KeyValue& entry) {
                       return entry.ns() == ":apogee" &&
                              entry.key() == "stopping";
                     });
}

void MergeMetadata(
    const vizier::KeyValue& entry,
    google::protobuf::RepeatedPtrField<vizier::KeyValue>& metadata) {
  std::map<std::pair<std::string, std::string>, vizier::KeyValue> all;
  for (const vizier::KeyValue& old : metadata) {
    all[{old.ns(), old.key()}] = old;
  }
  all[{entry.ns(), entry.key()}] = entry;
  metadata.Clear();
  for (const auto& [key, value] : all) *metadata.Add() = value;
}

// Gives the page of `items` that the request asks for to `add`; returns where
// the next one begins.
template <typename Item, typename Request, typename Add>
std::string Page(const std::map<int64_t, Item>& items, const Request& request,
                 Add add) {
  int64_t from = 0;
  (void)absl::SimpleAtoi(request.page_token(), &from);
  int taken = 0;
  for (auto it = items.lower_bound(from); it != items.end(); ++it, ++taken) {
    if (request.page_size() > 0 && taken == request.page_size()) {
      return absl::StrCat(it->first);
    }
    add(it->second);
  }
  return "";
}

std::map<int64_t, Trial> ById(const std::vector<Trial>& trials) {
  std::map<int64_t, Trial> by_id;
  for (const Trial& trial : trials) by_id[std::stoll(trial.id())] = trial;
  return by_id;
}

}  // namespace

google::protobuf::Timestamp Model::Now() const {
  google::protobuf::Timestamp now;
  now.set_seconds(absl::ToUnixSeconds(clock_.Now()));
  return now;
}

Model::Study* Model::FindStudy(const std::string& name) {
  for (Study& study : studies_) {
    if (study.proto.name() == name) return &study;
  }
  return nullptr;
}

absl::StatusOr<std::pair<Model::Study*, Trial*>> Model::FindTrial(
    const std::string& name) {
  for (Study& study : studies_) {
    for (Trial& trial : study.trials) {
      if (trial.name() == name) return std::make_pair(&study, &trial);
    }
  }
  return NotFound();
}

Trial& Model::AddTrial(Study& study, Trial trial) {
  trial.set_id(absl::StrCat(++study.last_id));
  trial.set_name(absl::StrCat(study.proto.name(), "/trials/", trial.id()));
  study.trials.push_back(std::move(trial));
  return study.trials.back();
}

void Model::Reload() {
  for (Study& study : studies_) study.known_to_be_spent = false;
}

absl::StatusOr<vizier::Study> Model::CreateStudy(
    const vizier::CreateStudyRequest& request) {
  const std::string name = absl::StrCat(request.parent(), "/studies/",
                                        request.study().display_name());
  if (const Study* study = FindStudy(name)) return study->proto;
  Study study;
  study.proto = request.study();
  study.proto.set_name(name);
  study.proto.set_state(vizier::Study::ACTIVE);
  *study.proto.mutable_create_time() = Now();
  studies_.push_back(study);
  return study.proto;
}

absl::StatusOr<vizier::Study> Model::GetStudy(
    const vizier::GetStudyRequest& request) {
  const Study* study = FindStudy(request.name());
  if (study == nullptr) return NotFound();
  return study->proto;
}

absl::StatusOr<vizier::ListStudiesResponse> Model::ListStudies(
    const vizier::ListStudiesRequest& request) {
  std::map<int64_t, vizier::Study> studies;
  for (const Study& study : studies_) {
    if (absl::StartsWith(study.proto.name(), request.parent() + "/")) {
      studies[std::ssize(studies)] = study.proto;
    }
  }
  vizier::ListStudiesResponse response;
  response.set_next_page_token(Page(
      studies, request,
      [&](const vizier::Study& study) { *response.add_studies() = study; }));
  return response;
}

absl::StatusOr<Model::Empty> Model::DeleteStudy(
    const vizier::DeleteStudyRequest& request) {
  if (FindStudy(request.name()) == nullptr) return NotFound();
  std::erase_if(studies_, [&](const Study& study) {
    return study.proto.name() == request.name();
  });
  return Empty();
}

absl::StatusOr<vizier::Study> Model::SetStudyState(
    const vizier::SetStudyStateRequest& request) {
  Study* study = FindStudy(request.parent());
  if (study == nullptr) return NotFound();
  study->proto.set_state(request.state());
  study->proto.clear_inactive_reason();
  return study->proto;
}

void Model::CompleteIfSpent(Study& study) {
  if (!IsOpen(study.proto)) return;
  bool requested = false;
  for (const Trial& trial : study.trials) {
    if (IsRunning(trial)) return;
    requested = requested || trial.state() == Trial::REQUESTED;
  }
  const apogee::v1::Budget& budget =
      study.proto.study_spec().apogee_options().budget();
  if (budget.has_trials() && study.started >= budget.trials()) {
    study.proto.set_inactive_reason(
        absl::StrCat("its budget of ", budget.trials(), " trials is spent"));
  } else if (study.known_to_be_spent && !requested) {
    study.proto.set_inactive_reason(
        "every point of its search space has been tried");
  } else {
    return;
  }
  study.proto.set_state(vizier::Study::COMPLETED);
}

absl::StatusOr<Model::Operation> Model::SuggestTrials(
    const vizier::SuggestTrialsRequest& request) {
  Study* study = FindStudy(request.parent());
  if (study == nullptr) return NotFound();
  if (!IsOpen(study->proto)) return Refused();
  const std::string& worker = request.client_id();
  SuggestCall call;
  call.start = Now();
  call.end = Now();
  const auto missing = [&] {
    return request.suggestion_count() -
           static_cast<int64_t>(call.trial_names.size());
  };
  const apogee::v1::Budget& budget =
      study->proto.study_spec().apogee_options().budget();
  const auto may_start = [&] {
    return !budget.has_trials() || study->started < budget.trials();
  };
  for (const Trial& trial : study->trials) {
    if (missing() > 0 && trial.state() == Trial::ACTIVE &&
        trial.client_id() == worker) {
      call.trial_names.push_back(trial.name());
    }
  }
  const auto hand_out = [&](Trial& trial) {
    trial.set_state(Trial::ACTIVE);
    trial.set_client_id(worker);
    *trial.mutable_start_time() = Now();
    ++study->started;
    call.trial_names.push_back(trial.name());
  };
  for (Trial& trial : study->trials) {
    if (missing() > 0 && may_start() && trial.state() == Trial::REQUESTED) {
      hand_out(trial);
    }
  }
  const bool asks = missing() > 0 && may_start() && !study->known_to_be_spent;
  while (asks && missing() > 0 && may_start() && !study->known_to_be_spent) {
    if (auto point = PointOf(study->proto.study_spec(), study->points)) {
      ++study->points;
      hand_out(AddTrial(*study, *std::move(point)));
    } else {
      study->known_to_be_spent = true;
    }
  }
  if (asks) CompleteIfSpent(*study);

  const std::string study_id = study->proto.display_name();
  call.name = absl::StrCat("owners/o/operations/suggestion/", study_id, "/",
                           worker, "/", ++study->calls_ever[worker]);
  std::deque<SuggestCall>& calls = study->calls[worker];
  calls.push_back(call);
  if (calls.size() > kCallsKept) calls.pop_front();
  return Answer(*study, call);
}

Model::Operation Model::Answer(const Study& study,
                               const SuggestCall& call) const {
  vizier::SuggestTrialsResponse response;
  response.set_study_state(study.proto.state());
  *response.mutable_start_time() = call.start;
  *response.mutable_end_time() = call.end;
  for (const std::string& name : call.trial_names) {
    for (const Trial& trial : study.trials) {
      if (trial.name() == name) *response.add_trials() = trial;
    }
  }
  Operation operation;
  operation.set_name(call.name);
  operation.set_done(true);
  operation.mutable_response()->PackFrom(response);
  return operation;
}

absl::StatusOr<Model::Operation> Model::GetOperation(
    const google::longrunning::GetOperationRequest& request) {
  for (const Study& study : studies_) {
    for (const auto& [worker, calls] : study.calls) {
      for (const SuggestCall& call : calls) {
        if (call.name == request.name()) return Answer(study, call);
      }
    }
  }
  return NotFound();
}

absl::StatusOr<Trial> Model::CreateTrial(
    const vizier::CreateTrialRequest& request) {
  Study* study = FindStudy(request.parent());
  if (study == nullptr) return NotFound();
  if (!IsOpen(study->proto)) return Refused();
  Trial trial = request.trial();
  trial.clear_client_id();
  *trial.mutable_start_time() = Now();
  if (!IsOver(trial)) {
    trial.set_state(Trial::REQUESTED);
  } else if (!trial.has_end_time()) {
    *trial.mutable_end_time() = Now();
  }
  return AddTrial(*study, std::move(trial));
}

absl::StatusOr<Trial> Model::GetTrial(const vizier::GetTrialRequest& request) {
  const auto found = FindTrial(request.name());
  if (!found.ok()) return found.status();
  return *found->second;
}

absl::StatusOr<vizier::ListTrialsResponse> Model::ListTrials(
    const vizier::ListTrialsRequest& request) {
  const Study* study = FindStudy(request.parent());
  if (study == nullptr) return NotFound();
  vizier::ListTrialsResponse response;
  response.set_next_page_token(
      Page(ById(study->trials), request,
           [&](const Trial& trial) { *response.add_trials() = trial; }));
  return response;
}

absl::StatusOr<Trial> Model::AddTrialMeasurement(
    const vizier::AddTrialMeasurementRequest& request) {
  const auto found = FindTrial(request.trial_name());
  if (!found.ok()) return found.status();
  Trial& trial = *found->second;
  if (IsRunning(trial)) {
    *trial.add_measurements() = request.measurement();
  } else if (trial.state() != Trial::INFEASIBLE) {
    return Refused();
  }
  return trial;
}

absl::StatusOr<Trial> Model::CompleteTrial(
    const vizier::CompleteTrialRequest& request) {
  const auto found = FindTrial(request.name());
  if (!found.ok()) return found.status();
  Trial& trial = *found->second;
  // What the trial is to look like.
  Trial done = trial;
  done.set_state(request.trial_infeasible() ? Trial::INFEASIBLE
                                            : Trial::SUCCEEDED);
  done.clear_infeasible_reason();
  if (request.trial_infeasible()) {
    done.set_infeasible_reason(request.infeasible_reason());
  }
  done.clear_final_measurement();
  if (request.final_measurement().metrics_size() > 0) {
    *done.mutable_final_measurement() = request.final_measurement();
  } else if (!request.trial_infeasible() && trial.measurements_size() > 0) {
    *done.mutable_final_measurement() = *trial.measurements().rbegin();
  }
  const bool lacks_values =
      !request.trial_infeasible() && !done.has_final_measurement();
  if (!IsRunning(trial)) {
    return IsOver(trial) && !lacks_values && AreEqual(trial, done)
               ? absl::StatusOr<Trial>(trial)
               : Refused();
  }
  if (lacks_values) return absl::InvalidArgumentError("");
  *done.mutable_end_time() = Now();
  trial = done;
  CompleteIfSpent(*found->first);
  return done;
}

absl::StatusOr<Model::Empty> Model::DeleteTrial(
    const vizier::DeleteTrialRequest& request) {
  const std::string study_name =
      request.name().substr(0, request.name().find("/trials/"));
  Study* study = FindStudy(study_name);
  if (study == nullptr) return NotFound();
  if (!IsOpen(study->proto)) return Refused();
  const size_t erased = std::erase_if(study->trials, [&](const Trial& trial) {
    return trial.name() == request.name();
  });
  if (erased == 0) return NotFound();
  CompleteIfSpent(*study);
  return Empty();
}

absl::StatusOr<vizier::CheckTrialEarlyStoppingStateResponse>
Model::CheckTrialEarlyStoppingState(
    const vizier::CheckTrialEarlyStoppingStateRequest& request) {
  const auto found = FindTrial(request.trial_name());
  if (!found.ok()) return found.status();
  Trial& trial = *found->second;
  if (!IsRunning(trial)) return Refused();
  vizier::CheckTrialEarlyStoppingStateResponse response;
  if (trial.state() == Trial::STOPPING || WasTold(trial)) {
    response.set_should_stop(true);
    return response;
  }
  const vizier::StudySpec& spec = found->first->proto.study_spec();
  const apogee::v1::Stopping& rule = spec.apogee_options().stopping();
  const std::map<int64_t, double> curve = CurveOf(trial, spec);
  if (rule.rule() == "NONE" || curve.empty()) return response;
  const int64_t step = curve.rbegin()->first;
  double best = curve.begin()->second;
  for (const auto& [at, value] : curve) best = std::max(best, value);

  std::vector<double> means;
  for (const Trial& other : found->first->trials) {
    if (other.state() != Trial::SUCCEEDED) continue;
    double mean = 0;
    int count = 0;
    for (const auto& [at, value] : CurveOf(other, spec)) {
      if (at > step) continue;
      ++count;
      mean += value / count - mean / count;
    }
    if (count > 0) means.push_back(mean);
  }
  const int64_t needed = rule.has_min_trials() ? rule.min_trials() : 5;
  if (step < rule.min_steps() || std::ssize(means) < needed) return response;
  std::sort(means.begin(), means.end());
  const double median =
      (means[(means.size() - 1) / 2] + means[means.size() / 2]) / 2;
  if (best < median) {
    response.set_should_stop(true);
    const bool minimize =
        spec.metrics(0).goal() == vizier::StudySpec::MetricSpec::MINIMIZE;
    const double sign = minimize ? -1 : 1;
    vizier::KeyValue why;
    why.set_ns(":apogee");
    why.set_key("stopping");
    why.set_value(absl::StrCat(
        R"({"rule":"MEDIAN","step":)", step, R"(,"reason":"step )", step,
        ": best value ", sign * best + 0.0, " is worse than ",
        sign * median + 0.0, ", the median of the averages of ", means.size(),
        R"( finished trials"})"));
    MergeMetadata(why, *trial.mutable_metadata());
  }
  return response;
}

absl::StatusOr<Trial> Model::StopTrial(
    const vizier::StopTrialRequest& request) {
  const auto found = FindTrial(request.name());
  if (!found.ok()) return found.status();
  Trial& trial = *found->second;
  if (trial.state() == Trial::REQUESTED || trial.state() == Trial::INFEASIBLE) {
    return Refused();
  }
  if (trial.state() == Trial::ACTIVE) trial.set_state(Trial::STOPPING);
  return trial;
}

std::vector<Trial> Model::OptimalTrials(const Study& study) {
  const vizier::StudySpec& spec = study.proto.study_spec();
  std::vector<Trial> optimal;
  for (const Trial& trial : study.trials) {
    const auto mine = ObjectivesOf(trial, spec);
    if (!mine || mine->empty()) continue;
    const bool beaten = std::any_of(
        study.trials.begin(), study.trials.end(), [&](const Trial& other) {
          const auto its = ObjectivesOf(other, spec);
          return its && Dominates(*its, *mine);
        });
    if (!beaten) optimal.push_back(trial);
  }
  return optimal;
}

absl::StatusOr<vizier::ListOptimalTrialsResponse> Model::ListOptimalTrials(
    const vizier::ListOptimalTrialsRequest& request) {
  const Study* study = FindStudy(request.parent());
  if (study == nullptr) return NotFound();
  vizier::ListOptimalTrialsResponse response;
  response.set_next_page_token(Page(
      ById(OptimalTrials(*study)), request,
      [&](const Trial& trial) { *response.add_optimal_trials() = trial; }));
  return response;
}

absl::StatusOr<vizier::UpdateMetadataResponse> Model::UpdateMetadata(
    const vizier::UpdateMetadataRequest& request) {
  Study* study = FindStudy(request.name());
  if (study == nullptr) return NotFound();
  if (!IsOpen(study->proto)) return Refused();
  Study changed = *study;
  vizier::UpdateMetadataResponse response;
  for (const vizier::UnitMetadataUpdate& update : request.delta()) {
    if (!update.has_trial_id()) {
      MergeMetadata(update.metadatum(),
                    *changed.proto.mutable_study_spec()->mutable_metadata());
      continue;
    }
    const auto trial = std::find_if(
        changed.trials.begin(), changed.trials.end(),
        [&](const Trial& t) { return t.id() == update.trial_id(); });
    if (trial == changed.trials.end()) {
      response.set_error_details("refused");
      return response;
    }
    MergeMetadata(update.metadatum(), *trial->mutable_metadata());
  }
  *study = changed;
  return response;
}

absl::StatusOr<apogee::v1::StudySummary> Model::GetStudySummary(
    const apogee::v1::GetStudySummaryRequest& request) {
  const Study* study = FindStudy(request.name());
  if (study == nullptr) return NotFound();
  const vizier::StudySpec& spec = study->proto.study_spec();
  apogee::v1::StudySummary summary;
  *summary.mutable_study() = study->proto;
  summary.set_algorithm(spec.algorithm());
  summary.set_seed(spec.apogee_options().seed());
  summary.set_started_trials(study->started);
  summary.set_budget_trials(spec.apogee_options().budget().trials());
  std::map<Trial::State, int64_t> counts;
  for (const Trial& trial : study->trials) ++counts[trial.state()];
  summary.mutable_trials()->set_requested(counts[Trial::REQUESTED]);
  summary.mutable_trials()->set_active(counts[Trial::ACTIVE]);
  summary.mutable_trials()->set_stopping(counts[Trial::STOPPING]);
  summary.mutable_trials()->set_succeeded(counts[Trial::SUCCEEDED]);
  summary.mutable_trials()->set_infeasible(counts[Trial::INFEASIBLE]);
  const auto objectives = std::count_if(
      spec.metrics().begin(), spec.metrics().end(),
      [](const auto& metric) { return !metric.has_safety_config(); });
  if (objectives == 1) {
    const std::vector<Trial> optimal = OptimalTrials(*study);
    if (!optimal.empty()) *summary.mutable_best_trial() = optimal[0];
  }
  return summary;
}

}  // namespace apogee
