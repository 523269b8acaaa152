// The part of Study that hands out trials.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "proto/lease_history.h"
#include "proto/validate.h"
#include "server/engine/rows.h"
#include "server/engine/study.h"

namespace apogee {

using google::longrunning::Operation;
using vizier::Trial;

// The parameters of one answer's trials may take so much memory.
constexpr int64_t kMaxBatchBytes = int64_t{256} << 20;

absl::Status Study::CheckBatch(int64_t count) const {
  const int64_t bytes = std::max<int64_t>(1, problem_->trial_bytes());
  const int64_t most = std::max<int64_t>(1, kMaxBatchBytes / bytes);
  if (count <= most) return absl::OkStatus();
  return FieldError(
      "suggestion_count",
      absl::StrCat("suggestion_count is ", count, ", but a trial of ",
                   name_.ToString(), " takes up to ", bytes,
                   " bytes; ask for at most ", most, " at a time"));
}

int64_t Study::BudgetLeft() const {
  const apogee::v1::Budget& budget = problem_->options().budget();
  if (!budget.has_trials()) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(0, budget.trials() - trials_->started());
}

int64_t Study::RemainingBudget() const {
  int64_t promised = 0;
  for (const auto& [client_id, number] : operations_.open()) {
    promised += operations_.Find(client_id, number)->missing();
  }
  return std::max<int64_t>(0, BudgetLeft() - promised);
}

bool Study::MayLose() const {
  return leases_.bounded() && (asking_ || !trials_->running().empty());
}

Operation Study::ToProto(const SuggestOperation& operation) const {
  Operation message;
  message.set_name(OperationName{.study = name_,
                                 .client_id = operation.client_id,
                                 .number = operation.number}
                       .ToString());
  message.set_done(operation.done);
  if (!operation.done) return message;
  if (!operation.error.ok()) {
    message.mutable_error()->set_code(
        static_cast<int32_t>(operation.error.code()));
    message.mutable_error()->set_message(
        std::string(operation.error.message()));
    return message;
  }
  vizier::SuggestTrialsResponse response;
  response.set_study_state(proto_.state());
  *response.mutable_start_time() = apogee::ToProto(operation.start);
  *response.mutable_end_time() = apogee::ToProto(operation.end);
  message.mutable_response()->PackFrom(response);
  // The trials are there as bytes already.
  std::string& bytes = *message.mutable_response()->mutable_value();
  constexpr size_t kMostHeadBytes = 8;
  size_t size = bytes.size();
  for (const int64_t id : operation.trial_ids) {
    if (!trials_->contains(id)) continue;
    size += trials_->Bytes(id).size() + kMostHeadBytes;
  }
  bytes.reserve(size);
  for (const int64_t id : operation.trial_ids) {
    if (!trials_->contains(id)) continue;
    AppendField(vizier::SuggestTrialsResponse::kTrialsFieldNumber,
                trials_->Bytes(id), bytes);
  }
  return message;
}

absl::StatusOr<Operation> Study::GetOperation(absl::string_view client_id,
                                              int64_t number) const {
  const SuggestOperation* operation = operations_.Find(client_id, number);
  if (operation == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("worker \"", client_id, "\" has no operation ", number,
                     " in ", name_.ToString(), "; the last ", kOperationsKept,
                     " of a worker are kept"));
  }
  return ToProto(*operation);
}

// Gives the worker of `operation` the REQUESTED trial `id`.
void Study::HandOut(int64_t id, SuggestOperation& operation, absl::Time now,
                    Commit& commit) {
  Scratch scratch;
  Trial& trial = trials_->Get(id, scratch);
  trial.set_state(Trial::ACTIVE);
  trial.set_client_id(operation.client_id);
  *trial.mutable_start_time() = apogee::ToProto(now);
  trials_->Replace(id, trial, commit);
  leases_.Begin(id, now, now);
  operation.trial_ids.push_back(id);
}

// First what was lost, which the budget has paid for, then the oldest.
void Study::HandOutRequested(SuggestOperation& operation, absl::Time now,
                             Commit& commit) {
  while (operation.missing() > 0 && !trials_->lost().empty()) {
    HandOut(*trials_->lost().begin(), operation, now, commit);
  }
  while (operation.missing() > 0 && !trials_->requested().empty() &&
         BudgetLeft() > 0) {
    HandOut(*trials_->requested().begin(), operation, now, commit);
  }
}

void Study::EndOperation(const Operations::Key& key, absl::Status error,
                         absl::Time now, Effects& effects) {
  SuggestOperation& operation = operations_.Get(key);
  operations_.End(operation, std::move(error), now);
  effects.commit.operations.push_back(MakeOperationRow(name_, operation));
  effects.ended.push_back(key);
}

absl::StatusOr<Operation> Study::Suggest(
    const vizier::SuggestTrialsRequest& request, absl::Time now,
    Effects& effects) {
  RETURN_IF_ERROR(CheckActive("suggesting trials"));
  if (const SuggestOperation* open =
          operations_.FindOpen(request.client_id())) {
    return ToProto(*open);
  }
  const int64_t budget = RemainingBudget();
  const int64_t count = request.suggestion_count();
  RETURN_IF_ERROR(CheckBatch(count));
  SuggestOperation& operation =
      operations_.Add(request.client_id(), count, now);

  for (const int64_t id : trials_->RunningOf(request.client_id())) {
    if (operation.missing() == 0) break;
    if (trials_->state(id) != Trial::ACTIVE) continue;
    leases_.Renew(id, now);
    operation.trial_ids.push_back(id);
  }
  const auto held = static_cast<int64_t>(operation.trial_ids.size());
  const auto lost = static_cast<int64_t>(trials_->lost().size());
  operation.count =
      held + std::min(count - held, std::min(count, budget) + lost);
  HandOutRequested(operation, now, effects.commit);
  const bool waits = operation.trial_ids.empty() && count > 0 &&
                     (budget == 0 || exhausted_) && MayLose();
  if (waits) {
    operation.count = 1;
  } else if (operation.missing() == 0 || exhausted_) {
    operations_.End(operation, absl::OkStatus(), now);
  }
  // An open operation that has been given nothing yet can be forgotten in a
  // crash: nobody has heard of it.
  if (operation.done || !effects.commit.empty()) {
    effects.commit.operations.push_back(MakeOperationRow(name_, operation));
  }
  return ToProto(operation);
}

int64_t Study::wanted() const {
  if (asking_ || exhausted_) return 0;
  int64_t wanted = 0;
  for (const auto& [client_id, number] : operations_.open()) {
    wanted += operations_.Find(client_id, number)->missing();
  }
  return std::min(wanted, BudgetLeft());
}

int64_t Study::BeginAsk() {
  const int64_t count = wanted();
  APOGEE_CHECK(count > 0);
  asking_ = true;
  asked_ = operations_.open().size();
  return count;
}

void Study::EndAsk(absl::StatusOr<Proposal> proposal, absl::Time now,
                   Effects& effects) {
  asking_ = false;
  size_t asked = std::exchange(asked_, 0);
  if (asked == 0) {  // the study left ACTIVE while the ask was out
    ServeWaiting(now, effects);
    return CompleteIfSpent(now, effects);
  }

  if (proposal.ok() && !proposal->metadata.empty()) {
    const google::protobuf::RepeatedPtrField<vizier::UnitMetadataUpdate>
        updates(proposal->metadata.begin(), proposal->metadata.end());
    // Metadata for a trial deleted while the policy was thinking is no reason
    // to do without its points.
    MergeMetadata(updates, effects.commit).IgnoreError();
  }
  // A closed study is told by this code; a policy must not seem to close one.
  if (absl::IsFailedPrecondition(proposal.status())) {
    proposal = absl::InternalError(proposal.status().message());
  }
  std::vector<Proposal::Entry> entries;
  if (proposal.ok()) entries = std::move(proposal->entries);
  effects.commit.trials.reserve(entries.size());
  size_t next = 0;
  const auto take = [&](Trial::State state, SuggestOperation* operation) {
    Proposal::Entry& entry = entries[next++];
    Trial& trial =
        *google::protobuf::Arena::CreateMessage<Trial>(proposal->memory.get());
    trial.set_state(state);
    trial.mutable_parameters()->Swap(entry.suggestion->mutable_parameters());
    trial.mutable_metadata()->Swap(entry.suggestion->mutable_metadata());
    if (operation != nullptr) {
      trial.set_client_id(operation->client_id);
      *trial.mutable_start_time() = apogee::ToProto(now);
    }
    WriteLeaseHistory({}, trial);
    const int64_t id =
        trials_->Add(trial, std::move(entry.origin), effects.commit);
    if (operation != nullptr) {
      leases_.Begin(id, now, now);
      operation->trial_ids.push_back(id);
    }
  };

  if (proposal.ok() && proposal->exhausted) {
    exhausted_ = true;
    asked = operations_.open().size();
  }
  std::vector<Operations::Key> keys(operations_.open().begin(),
                                    operations_.open().end());
  keys.resize(asked);
  for (const Operations::Key& key : keys) {
    SuggestOperation& operation = operations_.Get(key);
    while (operation.missing() > 0 && next < entries.size()) {
      take(Trial::ACTIVE, &operation);
    }
    HandOutRequested(operation, now, effects.commit);
    const bool waits = operation.trial_ids.empty() && proposal.ok() &&
                       (BudgetLeft() == 0 || exhausted_) && MayLose();
    if (waits) continue;
    EndOperation(
        key, operation.trial_ids.empty() ? proposal.status() : absl::OkStatus(),
        now, effects);
  }
  while (next < entries.size()) take(Trial::REQUESTED, nullptr);
  ServeWaiting(now, effects);
  CompleteIfSpent(now, effects);
}

void Study::Detach(const Operations::Key& key, Effects& effects) {
  effects.commit.operations.push_back(
      MakeOperationRow(name_, operations_.Get(key)));
}

}  // namespace apogee
