// The part of Study that hands out trials.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
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

// How many more trials may be handed out, open operations already served.
int64_t Study::RemainingBudget() const {
  if (!problem_->options().budget().has_trials()) {
    return std::numeric_limits<int64_t>::max();
  }
  int64_t promised = 0;
  for (const auto& [client_id, number] : operations_.open()) {
    promised += operations_.Find(client_id, number)->missing();
  }
  return std::max<int64_t>(
      0, problem_->options().budget().trials() - trials_->started() - promised);
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
  operation.trial_ids.push_back(id);
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

  for (const int64_t id : trials_->ActiveOf(request.client_id())) {
    if (operation.missing() == 0) break;
    operation.trial_ids.push_back(id);
  }
  const auto held = static_cast<int64_t>(operation.trial_ids.size());
  operation.count = held + std::min(count - held, budget);
  while (operation.missing() > 0 && !trials_->requested().empty()) {
    HandOut(*trials_->requested().begin(), operation, now, effects.commit);
  }
  if (operation.missing() == 0 || exhausted_) {
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
  if (asking_) return 0;
  int64_t wanted = 0;
  for (const auto& [client_id, number] : operations_.open()) {
    wanted += operations_.Find(client_id, number)->missing();
  }
  return wanted;
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
  const size_t asked = std::exchange(asked_, 0);
  if (asked == 0) return;  // the study left ACTIVE while the ask was out

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
    const int64_t id =
        trials_->Add(trial, std::move(entry.origin), effects.commit);
    if (operation != nullptr) operation->trial_ids.push_back(id);
  };

  std::vector<Operations::Key> keys(operations_.open().begin(),
                                    operations_.open().end());
  keys.resize(asked);
  for (const Operations::Key& key : keys) {
    SuggestOperation& operation = operations_.Get(key);
    while (operation.missing() > 0 && next < entries.size()) {
      take(Trial::ACTIVE, &operation);
    }
    EndOperation(
        key, operation.trial_ids.empty() ? proposal.status() : absl::OkStatus(),
        now, effects);
  }
  while (next < entries.size()) take(Trial::REQUESTED, nullptr);
  if (proposal.ok() && proposal->exhausted) exhausted_ = true;
  CompleteIfSpent(effects);
}

void Study::Detach(const Operations::Key& key, Effects& effects) {
  effects.commit.operations.push_back(
      MakeOperationRow(name_, operations_.Get(key)));
}

}  // namespace apogee
