// The part of Study that knows who has a trial, and takes it away.

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/lease_history.h"
#include "proto/options.h"
#include "proto/print.h"
#include "server/engine/rows.h"
#include "server/engine/study.h"

namespace apogee {

using apogee::v1::LeaseHistory;
using vizier::Trial;

void Study::BeginLeases(absl::Time now) {
  for (const auto& [id, client_id] : trials_->running()) {
    Scratch scratch;
    const Trial& trial = trials_->Get(id, scratch);
    leases_.Begin(
        id, trial.has_start_time() ? FromProto(trial.start_time()) : now, now);
  }
}

void Study::RenewLease(int64_t id, absl::Time now) { leases_.Renew(id, now); }

absl::Time Study::next_expiry() const {
  return CheckActive("").ok() ? leases_.Next().first : absl::InfiniteFuture();
}

void Study::ExpireLeases(absl::Time now, Effects& effects) {
  if (next_expiry() > now) return;
  while (next_expiry() <= now) {
    const int64_t id = leases_.Next().second;
    const apogee::v1::Lease& terms = problem_->options().lease();
    Lose(id,
         leases_.Find(id)->at_limit
             ? absl::StrCat("had it for ", terms.trial_seconds(), " s")
             : absl::StrCat("was silent for ", terms.seconds(), " s"),
         now, effects);
  }
  ServeWaiting(now, effects);
  CompleteIfSpent(now, effects);
}

bool Study::HasTrial(absl::string_view client_id, int64_t id) const {
  const auto it = trials_->running().find(id);
  return it != trials_->running().end() && it->second == client_id;
}

apogee::v1::HeartbeatResponse Study::Heartbeat(
    const apogee::v1::HeartbeatRequest& request, absl::Time now) {
  std::vector<int64_t> ids(request.trial_ids().begin(),
                           request.trial_ids().end());
  if (ids.empty()) ids = trials_->RunningOf(request.client_id());
  apogee::v1::HeartbeatResponse response;
  response.set_lease_seconds(problem_->options().lease().seconds());
  for (const int64_t id : ids) {
    auto& trial = *response.add_trials();
    trial.set_id(id);
    if (HasTrial(request.client_id(), id)) {
      RenewLease(id, now);
      trial.set_should_stop(trials_->state(id) == Trial::STOPPING);
    } else {
      trial.set_lost(true);
    }
  }
  return response;
}

absl::StatusOr<Encoded<Trial>> Study::ReleaseTrial(
    int64_t id, const apogee::v1::ReleaseTrialRequest& request, absl::Time now,
    Effects& effects) {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  if (!HasTrial(request.client_id(), id)) {
    Scratch scratch;
    const LeaseHistory history = ReadLeaseHistory(trials_->Get(id, scratch));
    if (!history.lost().empty() &&
        history.lost().rbegin()->worker() == request.client_id()) {
      return GetTrial(id);  // the same call again
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "worker ", Quoted(request.client_id()), " does not have trial ", id,
        " of ", name_.ToString(), ", so it can not give it back"));
  }
  Lose(id,
       request.reason().empty()
           ? "gave it back"
           : absl::StrCat("gave it back: ", request.reason()),
       now, effects);
  ServeWaiting(now, effects);
  CompleteIfSpent(now, effects);
  return GetTrial(id);
}

void Study::Lose(int64_t id, const std::string& why, absl::Time now,
                 Effects& effects) {
  Scratch scratch;
  Trial& trial = trials_->Get(id, scratch);
  LeaseHistory history = ReadLeaseHistory(trial);
  LeaseHistory::Lost& lost = *history.add_lost();
  lost.set_worker(trial.client_id());
  if (trial.has_start_time()) *lost.mutable_since() = trial.start_time();
  *lost.mutable_until() = apogee::ToProto(now);
  lost.set_why(why);

  const apogee::v1::Lease& terms = problem_->options().lease();
  const int64_t reissues =
      terms.has_reissues() ? terms.reissues() : kUsualReissues;
  // Nobody needs to go on with a trial that was told to stop.
  if (trial.state() == Trial::ACTIVE && history.lost_size() <= reissues) {
    trial.set_state(Trial::REQUESTED);
    trial.clear_client_id();
    ++effects.reissued;
  } else {
    history.set_given_up(true);
    trial.set_state(Trial::INFEASIBLE);
    trial.set_infeasible_reason(DescribeLoss(history));
    *trial.mutable_end_time() = apogee::ToProto(now);
    ++effects.given_up;
  }
  WriteLeaseHistory(history, trial);
  trials_->Replace(id, trial, effects.commit);
  leases_.End(id);
}

bool Study::IsLost(int64_t id) const {
  return trials_->lost().contains(id) || trials_->given_up(id);
}

void Study::TakeBack(Trial& trial) {
  LeaseHistory history = ReadLeaseHistory(trial);
  if (history.lost().empty()) return;
  // The call does not say whose it is; this one had the trial last.
  if (trial.client_id().empty()) {
    trial.set_client_id(history.lost().rbegin()->worker());
  }
  history.set_given_up(false);
  WriteLeaseHistory(history, trial);
  trial.clear_infeasible_reason();
}

void Study::ServeWaiting(absl::Time now, Effects& effects) {
  if (asking_ || !CheckActive("").ok()) return;
  const std::deque<Operations::Key> open = operations_.open();
  for (const Operations::Key& key : open) {
    SuggestOperation& operation = operations_.Get(key);
    HandOutRequested(operation, now, effects.commit);
    if (operation.missing() > 0) return;
    EndOperation(key, absl::OkStatus(), now, effects);
  }
}

apogee::v1::ListWorkersResponse Study::ListWorkers() const {
  using apogee::v1::Worker;
  std::map<std::string, Worker> workers;
  std::map<std::string, absl::Time> heard;
  for (const auto& [id, client_id] : trials_->running()) {
    const Leases::Lease* const lease = leases_.Find(id);
    if (lease == nullptr) continue;
    Worker::HeldTrial& held = *workers[client_id].add_trials();
    held.set_id(id);
    *held.mutable_since() = apogee::ToProto(lease->since);
    *held.mutable_last_heard() = apogee::ToProto(lease->heard);
    if (CheckActive("").ok() && lease->end < absl::InfiniteFuture()) {
      *held.mutable_lease_end() = apogee::ToProto(lease->end);
    }
    held.set_stopping(trials_->state(id) == Trial::STOPPING);
    absl::Time& latest = heard[client_id];
    latest = std::max(latest, lease->heard);
  }
  for (const auto& [client_id, number] : operations_.open()) {
    workers.try_emplace(client_id);
    heard.emplace(client_id, operations_.Find(client_id, number)->start);
  }
  apogee::v1::ListWorkersResponse response;
  for (auto& [client_id, worker] : workers) {
    worker.set_client_id(client_id);
    worker.set_study(proto_.name());
    *worker.mutable_last_heard() = apogee::ToProto(heard.at(client_id));
    *response.add_workers() = std::move(worker);
  }
  return response;
}

}  // namespace apogee
