#include "tests/fuzz/script_study.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "nlohmann/json.hpp"
#include "proto/names.h"
#include "proto/validate.h"
#include "server/engine/study_loader.h"

namespace apogee {
namespace {

using fuzz::Step;

// More would only take long.
constexpr int kMostSuggestions = 20;
constexpr int64_t kMostWanted = 200;
// Time has an end.
constexpr uint32_t kLongestWait = 10'000'000;

template <typename Request>
absl::Status Validate(const Request& request) {
  if constexpr (requires { ValidateRequest(request); }) {
    return ValidateRequest(request);
  } else {
    return absl::OkStatus();
  }
}

// That a client could read the answer.
void CheckReadable(const google::protobuf::Message& answer) {
  const std::unique_ptr<google::protobuf::Message> read(answer.New());
  APOGEE_CHECK(read->ParseFromString(answer.SerializeAsString()));
}
template <typename T>
void CheckReadable(const Encoded<T>& answer) {
  APOGEE_CHECK(T().ParseFromString(answer.bytes));
}

void CheckAnswer(const absl::Status& status) { (void)status; }
template <typename T>
void CheckAnswer(const absl::StatusOr<T>& answer) {
  if (answer.ok()) CheckReadable(*answer);
}

absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& answer) {
  return answer.status();
}

// What dashboards read must be what it says it is.
void CheckColumns(const Commit& commit) {
  const auto check = [](const std::string& json) {
    APOGEE_CHECK(json.empty() || nlohmann::json::accept(json));
  };
  if (commit.study_row) {
    check(commit.study_row->metrics_json);
    check(commit.study_row->metadata_json);
  }
  for (const TrialRow& row : commit.trials) {
    check(row.parameters_json);
    check(row.final_metrics_json);
    check(row.metadata_json);
  }
  for (const MeasurementRow& row : commit.measurements) check(row.metrics_json);
}

// All that calls can see of a study, but for open operations.
std::string Describe(Study& study) {
  std::string text = study.Summary().SerializeAsString();
  absl::StrAppend(&text, "|", study.seed(), "|", study.trials().next_id(), "|",
                  study.trials().next_ordinal(), "|",
                  study.trials().next_finished(), "|");
  for (const int64_t id : study.trials().finished()) {
    absl::StrAppend(&text, id, ",");
  }
  absl::StrAppend(
      &text, study.ListTrials(vizier::ListTrialsRequest())->bytes,
      study.ListOptimalTrials(vizier::ListOptimalTrialsRequest())->bytes);
  return text;
}

std::string DescribeOpen(const Study& study) {
  std::string text = absl::StrCat(study.asking(), ":");
  for (const auto& [client_id, number] : study.operations().open()) {
    absl::StrAppend(&text, client_id, "/", number, "/",
                    study.GetOperation(client_id, number)->SerializeAsString());
  }
  return text;
}

std::string NextSuggestions(const Study& study) {
  if (study.problem()->algorithm() == nullptr) return "";
  Suggester suggester(study.problem(), study.seed());
  const absl::StatusOr<Proposal> proposal =
      suggester.Answer(suggester.Prepare(study, 3));
  if (!proposal.ok()) return proposal.status().ToString();
  std::string text = absl::StrCat(proposal->exhausted);
  for (const Proposal::Entry& entry : proposal->entries) {
    absl::StrAppend(&text, entry.suggestion->SerializeAsString(),
                    *entry.origin.ordinal, entry.origin.memo);
  }
  return text;
}

}  // namespace

void ScriptStudy::CheckLaws() const {
  int64_t wanted = 0;
  for (const auto& [client_id, number] : study_->operations().open()) {
    const SuggestOperation* operation =
        study_->operations().Find(client_id, number);
    APOGEE_CHECK(operation != nullptr && !operation->done);
    wanted += operation->missing();
  }
  if (has_all_rows_) {
    // Where leases end, some wait for what others lose.
    const apogee::v1::StudyOptions& options = study_->problem()->options();
    const bool may_lose = (options.lease().has_seconds() ||
                           options.lease().has_trial_seconds()) &&
                          !study_->trials().running().empty();
    APOGEE_CHECK(study_->asking() || study_->wanted() == wanted || may_lose);
    const apogee::v1::Budget& budget = options.budget();
    if (budget.has_trials()) {
      APOGEE_CHECK(study_->trials().started() <= budget.trials());
    }
  }
}

void ScriptStudy::Settle(const absl::Status& status, const Effects& effects,
                         const std::string& before) {
  if (!status.ok()) {
    APOGEE_CHECK(effects.commit.empty() && effects.ended.empty());
    APOGEE_CHECK(Describe(*study_) + DescribeOpen(*study_) == before);
    return;
  }
  for (const TrialRow& row : effects.commit.trials) {
    if (row.id > last_id_) last_id_ = row.id;
  }
  APOGEE_CHECK(study_->trials().next_id() > last_id_);
  for (const auto& [client_id, number] : effects.ended) {
    const absl::StatusOr<google::longrunning::Operation> operation =
        study_->GetOperation(client_id, number);
    APOGEE_CHECK(operation.ok() && operation->done());
    CheckReadable(*operation);
  }
  CheckColumns(effects.commit);
  rows_.Apply(effects.commit);
  CheckLaws();
}

template <typename Request, typename Call>
void ScriptStudy::Try(const Request& request, Call call) {
  if (!study_ || !Validate(request).ok()) return;
  const std::string before = Describe(*study_) + DescribeOpen(*study_);
  Effects effects;
  const auto answer = call(effects);
  CheckAnswer(answer);
  Settle(StatusOf(answer), effects, before);
}

void ScriptStudy::Create(const vizier::CreateStudyRequest& request) {
  if (study_ || !Validate(request).ok()) return;
  Effects effects;
  absl::StatusOr<Study> study = Study::Create(request, 1, now_, effects);
  if (!study.ok()) return;
  study_ = *std::move(study);
  has_all_rows_ = true;
  Settle(absl::OkStatus(), effects, "");
}

void ScriptStudy::Suggest(vizier::SuggestTrialsRequest request) {
  if (!Validate(request).ok() || !study_ || study_->wanted() > kMostWanted) {
    return;
  }
  request.set_suggestion_count(
      std::min(request.suggestion_count(), kMostSuggestions));
  Try(request, [&](Effects& effects) {
    return study_->Suggest(request, now_, effects);
  });
}

void ScriptStudy::Ask() {
  if (!study_ || study_->wanted() == 0 || study_->wanted() > kMostWanted) {
    return;
  }
  const int64_t count = study_->BeginAsk();
  if (study_->problem()->algorithm() == nullptr) return;
  if (!suggester_) suggester_.emplace(study_->problem(), study_->seed());
  question_ = suggester_->Prepare(*study_, count);
}

void ScriptStudy::Answer(const Step::Answer& answer) {
  if (!study_ || !study_->asking()) return;
  absl::StatusOr<Proposal> proposal = absl::UnavailableError("nobody answers");
  if (answer.has_decision()) {
    proposal = Proposal();
    for (const vizier::TrialSuggestion& suggestion :
         answer.decision().suggestions()) {
      *proposal->Add().suggestion = suggestion;
    }
    proposal->metadata.assign(answer.decision().metadata().begin(),
                              answer.decision().metadata().end());
  } else if (answer.has_error()) {
    proposal = absl::Status(
        static_cast<absl::StatusCode>(1 + (answer.error().code() & 15)),
        answer.error().message());
  } else if (question_) {
    proposal = suggester_->Answer(*std::exchange(question_, std::nullopt));
  }
  // A question that was prepared but never put has taught nobody.
  if (question_) suggester_.reset();
  question_.reset();
  Effects effects;
  study_->EndAsk(std::move(proposal), now_, effects);
  APOGEE_CHECK(!study_->asking());
  Settle(absl::OkStatus(), effects, "");
}

void ScriptStudy::CheckRows() {
  if (!study_ || !has_all_rows_) return;
  StudyLoader loader;
  APOGEE_CHECK(rows_.Load(loader).ok());
  Study kept = loader.Finish();
  APOGEE_CHECK(Describe(kept) == Describe(*study_));
  APOGEE_CHECK(NextSuggestions(kept) == NextSuggestions(*study_));
  for (const auto& [client_id, number] : kept.operations().open()) {
    const SuggestOperation* operation =
        study_->operations().Find(client_id, number);
    APOGEE_CHECK(operation != nullptr && !operation->done);
  }
}

void ScriptStudy::Restart() {
  if (!study_ || !has_all_rows_) return;
  CheckRows();
  StudyLoader loader;
  APOGEE_CHECK(rows_.Load(loader).ok());
  study_ = loader.Finish();
  study_->BeginLeases(now_);
  suggester_.reset();
  question_.reset();
  CheckLaws();
}

template <typename Call>
void ScriptStudy::TryOnTrial(const std::string& name, Call call) {
  const absl::StatusOr<TrialName> trial = TrialName::Parse(name);
  if (trial.ok()) Try(name, [&](Effects& e) { return call(trial->id, e); });
}

void ScriptStudy::Wait(absl::Duration duration) {
  now_ += duration;
  if (!study_) return;
  Effects effects;
  study_->ExpireLeases(now_, effects);
  APOGEE_CHECK(study_->next_expiry() > now_);
  Settle(absl::OkStatus(), effects, "");
}

void ScriptStudy::Run(const Step& step) {
  Wait(absl::Milliseconds(1500));
  switch (step.step_case()) {
    case Step::kCreateStudy:
      return Create(step.create_study());
    case Step::kSetStudyState:
      return Try(step.set_study_state(), [&](Effects& effects) {
        return study_->SetState(step.set_study_state().state(), now_, effects);
      });
    case Step::kSuggestTrials:
      return Suggest(step.suggest_trials());
    case Step::kGetOperation: {
      const auto name = OperationName::Parse(step.get_operation().name());
      if (!name.ok()) return;
      return Try(step.get_operation(), [&](Effects&) {
        return study_->GetOperation(name->client_id, name->number);
      });
    }
    case Step::kCreateTrial:
      return Try(step.create_trial(), [&](Effects& effects) {
        return study_->CreateTrial(step.create_trial(), now_, effects);
      });
    case Step::kGetTrial:
      return TryOnTrial(step.get_trial().name(), [&](int64_t id, Effects&) {
        return study_->GetTrial(id);
      });
    case Step::kListTrials:
      return Try(step.list_trials(), [&](Effects&) {
        return study_->ListTrials(step.list_trials());
      });
    case Step::kAddTrialMeasurement:
      if (!Validate(step.add_trial_measurement()).ok()) return;
      return TryOnTrial(step.add_trial_measurement().trial_name(),
                        [&](int64_t id, Effects& effects) {
                          return study_->AddMeasurement(
                              id, step.add_trial_measurement().measurement(),
                              effects);
                        });
    case Step::kCompleteTrial:
      if (!Validate(step.complete_trial()).ok()) return;
      return TryOnTrial(step.complete_trial().name(), [&](int64_t id,
                                                          Effects& effects) {
        return study_->CompleteTrial(id, step.complete_trial(), now_, effects);
      });
    case Step::kDeleteTrial:
      return TryOnTrial(step.delete_trial().name(),
                        [&](int64_t id, Effects& effects) {
                          return study_->DeleteTrial(id, now_, effects);
                        });
    case Step::kCheckEarlyStopping:
      return TryOnTrial(step.check_early_stopping().trial_name(),
                        [&](int64_t id, Effects& effects) {
                          const absl::Status can = study_->CanJudgeStopping(id);
                          if (can.ok()) {
                            (void)study_->JudgeStopping(id, effects);
                          }
                          return can;
                        });
    case Step::kStopTrial:
      return TryOnTrial(step.stop_trial().name(),
                        [&](int64_t id, Effects& effects) {
                          return study_->StopTrial(id, effects);
                        });
    case Step::kListOptimalTrials:
      return Try(step.list_optimal_trials(), [&](Effects&) {
        return study_->ListOptimalTrials(step.list_optimal_trials());
      });
    case Step::kUpdateMetadata:
      return Try(step.update_metadata(), [&](Effects& effects) {
        auto answer = study_->UpdateMetadata(step.update_metadata(), effects);
        if (answer.ok() && !answer->error_details().empty()) {
          // Told in the answer, but refused all the same.
          return absl::StatusOr<vizier::UpdateMetadataResponse>(
              absl::InvalidArgumentError(answer->error_details()));
        }
        return answer;
      });
    case Step::kHeartbeat:
      return Try(step.heartbeat(), [&](Effects&) {
        return absl::StatusOr<apogee::v1::HeartbeatResponse>(
            study_->Heartbeat(step.heartbeat(), now_));
      });
    case Step::kReleaseTrial:
      if (!Validate(step.release_trial()).ok()) return;
      return TryOnTrial(step.release_trial().name(), [&](int64_t id,
                                                         Effects& effects) {
        return study_->ReleaseTrial(id, step.release_trial(), now_, effects);
      });
    case Step::kWait:
      return Wait(absl::Seconds(std::min(step.wait(), kLongestWait)));
    case Step::kAsk:
      return Ask();
    case Step::kAnswer:
      return Answer(step.answer());
    case Step::kRestart:
      return Restart();
    default:
      return;
  }
}

}  // namespace apogee
