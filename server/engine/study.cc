#include "server/engine/study.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/lease_history.h"
#include "proto/options.h"
#include "proto/validate.h"
#include "server/engine/background.h"
#include "server/engine/rows.h"

namespace apogee {
namespace {

using vizier::Trial;

// Where a list call begins: the id in its page token, or `first`.
absl::StatusOr<int64_t> PageStart(absl::string_view token, int32_t page_size,
                                  int64_t first) {
  if (page_size < 0) {
    return FieldError("page_size",
                      absl::StrCat("page_size ", page_size, " is below 0"));
  }
  int64_t from = first;
  if (!token.empty() && (!absl::SimpleAtoi(token, &from) || from < first)) {
    return FieldError("page_token",
                      "page_token is not one that this server gave");
  }
  return from;
}

using KeyValues = google::protobuf::RepeatedPtrField<vizier::KeyValue>;

// `metadata` with each of `updates` in the place of the entry of its (ns, key),
// or added; sorted by (ns, key), as the protocol does.
KeyValues Merged(const KeyValues& metadata,
                 const std::vector<const vizier::KeyValue*>& updates) {
  std::map<std::pair<absl::string_view, absl::string_view>,
           const vizier::KeyValue*>
      merged;
  for (const vizier::KeyValue& entry : metadata) {
    merged[{entry.ns(), entry.key()}] = &entry;
  }
  for (const vizier::KeyValue* entry : updates) {
    merged[{entry->ns(), entry->key()}] = entry;
  }
  KeyValues result;
  for (const auto& [key, entry] : merged) *result.Add() = *entry;
  return result;
}

// Whether completing `trial` as `request` says is what has already happened.
bool IsRepeated(const vizier::CompleteTrialRequest& request,
                const Trial& trial) {
  const vizier::Measurement* final_measurement = &request.final_measurement();
  if (request.trial_infeasible()) {
    if (trial.state() != Trial::INFEASIBLE ||
        trial.infeasible_reason() != request.infeasible_reason()) {
      return false;
    }
    if (final_measurement->metrics().empty()) {
      return !trial.has_final_measurement();
    }
  } else {
    if (trial.state() != Trial::SUCCEEDED) return false;
    if (final_measurement->metrics().empty()) {
      if (trial.measurements().empty()) return false;
      final_measurement = &*trial.measurements().rbegin();
    }
  }
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(*final_measurement, trial.final_measurement());
}

absl::Status NotIn(int64_t id, Trial::State state, absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("trial ", id, " is ", StateName(state), "; ", what));
}

}  // namespace

Study::Study(StudyName name, vizier::Study proto,
             std::shared_ptr<const StudyProblem> problem, uint64_t seed)
    : name_(std::move(name)),
      proto_(std::move(proto)),
      problem_(std::move(problem)),
      seed_(seed),
      trials_(std::make_unique<Trials>(name_, problem_.get())),
      leases_(problem_->options().lease()) {}

absl::StatusOr<Study> Study::Create(const vizier::CreateStudyRequest& request,
                                    uint64_t seed, absl::Time now,
                                    Effects& effects,
                                    const StudyGivens& given) {
  ASSIGN_OR_RETURN(OwnerName owner, OwnerName::Parse(request.parent()));
  ASSIGN_OR_RETURN(std::shared_ptr<const StudyProblem> problem,
                   StudyProblem::Create(request.study().study_spec(), given));
  const vizier::StudySpec& spec = request.study().study_spec();
  if (problem->algorithm() == nullptr && PythiaEndpoint(spec).empty()) {
    return UnknownAlgorithm(spec.algorithm());
  }
  StudyName name{.owner = std::move(owner.owner),
                 .study = request.study().display_name()};
  vizier::Study proto = request.study();
  proto.set_name(name.ToString());
  proto.set_state(vizier::Study::ACTIVE);
  proto.clear_inactive_reason();
  *proto.mutable_create_time() = apogee::ToProto(now);
  if (problem->options().has_seed()) seed = problem->options().seed();
  Study study(std::move(name), std::move(proto), std::move(problem), seed);
  study.StoreStudy(effects.commit);
  study.StoreBackground(*effects.commit.study_row);
  return study;
}

void Study::StoreBackground(StudyRow& row) const {
  if (problem_->background() == nullptr) return;
  row.background =
      apogee::ToProto(name_, *problem_->background()).SerializeAsString();
}

void Study::StoreStudy(Commit& commit) const {
  StudyRow row = MakeStudyRow(proto_);
  row.algorithm = problem_->algorithm_name();
  row.seed = seed_;
  row.next_trial_id = trials_->next_id();
  row.next_ordinal = trials_->next_ordinal();
  row.next_finished = trials_->next_finished();
  row.started_trials = trials_->started_and_erased();
  const std::string& sharing = problem_->options().share_for_training();
  if (sharing != "NONE") row.sharing = sharing;
  commit.study_row = std::move(row);
}

absl::Status Study::CheckActive(absl::string_view what) const {
  if (proto_.state() == vizier::Study::ACTIVE ||
      proto_.state() == vizier::Study::STATE_UNSPECIFIED) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(name_.ToString(), " is ", StateName(proto_.state()),
                   proto_.inactive_reason().empty()
                       ? ""
                       : absl::StrCat(" (", proto_.inactive_reason(), ")"),
                   "; ", what, " needs it ACTIVE: set its state first"));
}

absl::StatusOr<Encoded<Trial>> Study::GetTrial(int64_t id) const {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  return Encoded<Trial>{trials_->Bytes(id)};
}

absl::StatusOr<Encoded<vizier::ListTrialsResponse>> Study::ListTrials(
    const vizier::ListTrialsRequest& request) const {
  using Response = vizier::ListTrialsResponse;
  ASSIGN_OR_RETURN(const int64_t from,
                   PageStart(request.page_token(), request.page_size(), 1));
  int64_t left = request.page_size() == 0 ? std::numeric_limits<int64_t>::max()
                                          : request.page_size();
  Encoded<Response> response;
  int64_t id = trials_->Next(from);
  for (; id != 0 && left > 0; id = trials_->Next(id + 1), --left) {
    AppendField(Response::kTrialsFieldNumber, trials_->Bytes(id),
                response.bytes);
  }
  if (id != 0) {
    AppendField(Response::kNextPageTokenFieldNumber, absl::StrCat(id),
                response.bytes);
  }
  return response;
}

std::vector<int64_t> Study::OptimalTrials() {
  if (problem_->objectives() == 0) return {};
  if (front_erasures_ != trials_->erasures()) {
    front_erasures_ = trials_->erasures();
    front_seen_ = 0;
    front_ = ParetoFront();
  }
  for (; front_seen_ < trials_->finished().size(); ++front_seen_) {
    const absl::Span<const double> values = trials_->SignedValues(front_seen_);
    if (values.empty() || !problem_->IsSafe(values)) continue;
    std::vector<double> point;
    point.reserve(problem_->objectives());
    for (size_t i = 0; i < values.size(); ++i) {
      if (problem_->metrics()[i].goal.IsObjective()) point.push_back(values[i]);
    }
    front_.Add(trials_->finished()[front_seen_], std::move(point));
  }
  return front_.Ids();
}

absl::StatusOr<Encoded<vizier::ListOptimalTrialsResponse>>
Study::ListOptimalTrials(const vizier::ListOptimalTrialsRequest& request) {
  using Response = vizier::ListOptimalTrialsResponse;
  ASSIGN_OR_RETURN(const int64_t from,
                   PageStart(request.page_token(), request.page_size(), 1));
  int64_t left = request.page_size() == 0 ? std::numeric_limits<int64_t>::max()
                                          : request.page_size();
  Encoded<Response> response;
  for (const int64_t id : OptimalTrials()) {
    if (id < from) continue;
    if (left-- == 0) {
      AppendField(Response::kNextPageTokenFieldNumber, absl::StrCat(id),
                  response.bytes);
      break;
    }
    AppendField(Response::kOptimalTrialsFieldNumber, trials_->Bytes(id),
                response.bytes);
  }
  return response;
}

apogee::v1::StudySummary Study::Summary() {
  apogee::v1::StudySummary summary;
  *summary.mutable_study() = proto_;
  summary.set_algorithm(problem_->algorithm_name());
  summary.set_seed(seed_);
  *summary.mutable_trials() = trials_->Counts();
  summary.set_started_trials(trials_->started());
  summary.set_budget_trials(problem_->options().budget().trials());
  if (problem_->objectives() == 1) {
    const std::vector<int64_t> optimal = OptimalTrials();
    if (!optimal.empty()) {
      summary.mutable_best_trial()->ParseFromString(
          trials_->Bytes(optimal.front()));
    }
  }
  if (const Background* const known = problem_->background().get()) {
    for (const PriorStudy& prior : known->priors) {
      summary.add_priors(prior.name);
    }
    int64_t version = 0;
    (void)absl::SimpleAtoi(known->regressor_version, &version);
    summary.set_regressor_version(version);
    summary.set_remote_regressor(known->remote_regressor != nullptr);
  }
  return summary;
}

absl::StatusOr<vizier::Study> Study::SetState(vizier::Study::State state,
                                              absl::Time now,
                                              Effects& effects) {
  if (!vizier::Study::State_IsValid(state)) {
    return FieldError("state", absl::StrCat("state ", static_cast<int>(state),
                                            " is not one of a study"));
  }
  proto_.set_state(state);
  proto_.clear_inactive_reason();
  if (!CheckActive("").ok()) {
    const std::deque<Operations::Key> open = operations_.open();
    for (const Operations::Key& key : open) {
      EndOperation(key, CheckActive("suggesting trials"), now, effects);
    }
    asked_ = 0;
  } else {
    BeginLeases(now);
  }
  StoreStudy(effects.commit);
  return proto_;
}

absl::StatusOr<Encoded<Trial>> Study::CreateTrial(
    const vizier::CreateTrialRequest& request, absl::Time now,
    Effects& effects) {
  RETURN_IF_ERROR(CheckActive("adding a trial"));
  Scratch scratch;
  Trial& trial = scratch.New<Trial>();
  trial = request.trial();
  if (!IsFinished(trial.state())) trial.set_state(Trial::REQUESTED);
  trial.clear_client_id();
  *trial.mutable_start_time() = apogee::ToProto(now);
  if (IsFinished(trial.state()) && !trial.has_end_time()) {
    *trial.mutable_end_time() = apogee::ToProto(now);
  }
  WriteLeaseHistory({}, trial);  // another trial's, if any
  const int64_t id = trials_->Add(trial, {}, effects.commit);
  ServeWaiting(now, effects);
  return GetTrial(id);
}

absl::StatusOr<Encoded<Trial>> Study::AddMeasurement(
    int64_t id, const vizier::Measurement& measurement, Effects& effects) {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  const Trial::State state = trials_->state(id);
  if (state != Trial::ACTIVE && state != Trial::STOPPING && !IsLost(id)) {
    if (state == Trial::INFEASIBLE) return GetTrial(id);
    // PyGlove looks for the first words.
    return NotIn(id, state,
                 "Measurements can only be added to ACTIVE or STOPPING trials");
  }
  if (trials_->measurements(id) >= kMaxMeasurements) {
    return absl::FailedPreconditionError(absl::StrCat(
        "trial ", id, " has ", kMaxMeasurements,
        " measurements, the most there may be; report fewer steps"));
  }
  trials_->AddMeasurement(id, measurement, effects.commit);
  return GetTrial(id);
}

absl::StatusOr<Encoded<Trial>> Study::CompleteTrial(
    int64_t id, const vizier::CompleteTrialRequest& request, absl::Time now,
    Effects& effects) {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  Scratch scratch;
  Trial& trial = trials_->Get(id, scratch);
  if (trial.state() != Trial::ACTIVE && trial.state() != Trial::STOPPING &&
      !IsLost(id)) {
    if (IsRepeated(request, trial)) return GetTrial(id);
    return NotIn(id, trial.state(),
                 "only an ACTIVE or STOPPING trial can be completed");
  }
  if (!request.final_measurement().metrics().empty()) {
    *trial.mutable_final_measurement() = request.final_measurement();
  } else if (!request.trial_infeasible()) {
    if (trial.measurements().empty()) {
      return FieldError(
          "final_measurement",
          absl::StrCat("trial ", id,
                       " has no measurement to take as its final one: send "
                       "final_measurement or add a measurement first"));
    }
    *trial.mutable_final_measurement() = *trial.measurements().rbegin();
  }
  TakeBack(trial);
  if (request.trial_infeasible()) {
    trial.set_state(Trial::INFEASIBLE);
    trial.set_infeasible_reason(request.infeasible_reason());
  } else {
    trial.set_state(Trial::SUCCEEDED);
  }
  *trial.mutable_end_time() = apogee::ToProto(now);
  trials_->Replace(id, trial, effects.commit);
  leases_.End(id);
  CompleteIfSpent(now, effects);
  return GetTrial(id);
}

absl::StatusOr<Encoded<Trial>> Study::StopTrial(int64_t id, Effects& effects) {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  switch (trials_->state(id)) {
    case Trial::STOPPING:
    case Trial::SUCCEEDED:
      return GetTrial(id);
    case Trial::ACTIVE: {
      Scratch scratch;
      Trial& trial = trials_->Get(id, scratch);
      trial.set_state(Trial::STOPPING);
      trials_->Replace(id, trial, effects.commit);
      return GetTrial(id);
    }
    default:
      return NotIn(id, trials_->state(id),
                   "only a running trial can be stopped");
  }
}

absl::Status Study::DeleteTrial(int64_t id, absl::Time now, Effects& effects) {
  RETURN_IF_ERROR(CheckActive("deleting a trial"));
  RETURN_IF_ERROR(trials_->CheckExists(id));
  trials_->Erase(id, effects.commit);
  leases_.End(id);
  StoreStudy(effects.commit);
  CompleteIfSpent(now, effects);
  return absl::OkStatus();
}

void Study::CompleteIfSpent(absl::Time now, Effects& effects) {
  if (!CheckActive("").ok() || asking_ || wanted() > 0 ||
      !trials_->running().empty() || !trials_->lost().empty()) {
    return;
  }
  const apogee::v1::Budget& budget = problem_->options().budget();
  if (budget.has_trials() && trials_->started() >= budget.trials()) {
    proto_.set_inactive_reason(
        absl::StrCat("its budget of ", budget.trials(), " trials is spent"));
  } else if (exhausted_ && trials_->requested().empty()) {
    proto_.set_inactive_reason(
        "every point of its search space has been tried");
  } else {
    return;
  }
  // Whoever waits has nothing to wait for any more.
  const std::deque<Operations::Key> open = operations_.open();
  for (const Operations::Key& key : open) {
    EndOperation(key, absl::OkStatus(), now, effects);
  }
  proto_.set_state(vizier::Study::COMPLETED);
  StoreStudy(effects.commit);
}

absl::StatusOr<vizier::UpdateMetadataResponse> Study::UpdateMetadata(
    const vizier::UpdateMetadataRequest& request, Effects& effects) {
  RETURN_IF_ERROR(CheckActive("changing metadata"));
  vizier::UpdateMetadataResponse response;
  if (const absl::Status merged =
          MergeMetadata(request.delta(), effects.commit);
      !merged.ok()) {
    response.set_error_details(std::string(merged.message()));
  }
  return response;
}

absl::Status Study::MergeMetadata(const google::protobuf::RepeatedPtrField<
                                      vizier::UnitMetadataUpdate>& updates,
                                  Commit& commit) {
  std::vector<const vizier::KeyValue*> study_updates;
  std::map<int64_t, std::vector<const vizier::KeyValue*>> trial_updates;
  for (const vizier::UnitMetadataUpdate& update : updates) {
    const vizier::KeyValue& entry = update.metadatum();
    if (!update.has_trial_id()) {
      if (entry.ns() == kOptionsNamespace && entry.key() == kOptionsKey) {
        return absl::FailedPreconditionError(
            "the options of a study can not be changed once it exists");
      }
      study_updates.push_back(&entry);
      continue;
    }
    int64_t id = 0;
    if (!absl::SimpleAtoi(update.trial_id(), &id)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "trial id \"", update.trial_id(), "\" is not a whole number"));
    }
    if (IsLeaseHistory(entry)) {
      return absl::FailedPreconditionError(
          absl::StrCat("how trial ", id, " was lost is the server's to say"));
    }
    trial_updates[id].push_back(&entry);
  }
  // All is checked before anything changes.
  KeyValues study_metadata;
  if (!study_updates.empty()) {
    study_metadata = Merged(proto_.study_spec().metadata(), study_updates);
    RETURN_IF_ERROR(ValidateMetadata(study_metadata, "delta"));
  }
  Scratch scratch;
  std::vector<std::pair<int64_t, Trial*>> trials;
  for (const auto& [id, entries] : trial_updates) {
    RETURN_IF_ERROR(trials_->CheckExists(id));
    Trial& trial = trials_->Get(id, scratch);
    *trial.mutable_metadata() = Merged(trial.metadata(), entries);
    RETURN_IF_ERROR(ValidateMetadata(trial.metadata(), "delta"));
    trials.emplace_back(id, &trial);
  }
  if (!study_updates.empty()) {
    *proto_.mutable_study_spec()->mutable_metadata() =
        std::move(study_metadata);
    StoreStudy(commit);
  }
  for (const auto& [id, trial] : trials) trials_->Replace(id, *trial, commit);
  return absl::OkStatus();
}

}  // namespace apogee
