#include "tests/server/engine_harness.h"

namespace apogee {

void FaultyStore::Hold() {
  MutexLock lock(mutex_);
  holding_ = true;
}

void FaultyStore::Release() {
  std::deque<std::pair<Commit, Done>> held;
  {
    MutexLock lock(mutex_);
    holding_ = false;
    held.swap(held_);
    // Under the lock, so that no later commit overtakes these.
    for (auto& [commit, done] : held) {
      base_->Apply(std::move(commit), std::move(done));
    }
  }
}

void FaultyStore::WaitForHeld(size_t count) {
  MutexLock lock(mutex_);
  while (held_.size() < count) changed_.Wait(mutex_);
}

void FaultyStore::Break(absl::Status status) {
  MutexLock lock(mutex_);
  broken_ = std::move(status);
}

void FaultyStore::Apply(Commit commit, Done done) {
  absl::Status broken;
  {
    MutexLock lock(mutex_);
    broken = broken_;
    if (broken.ok()) {
      if (holding_) {
        held_.emplace_back(std::move(commit), std::move(done));
        changed_.NotifyAll();
      } else {
        base_->Apply(std::move(commit), std::move(done));
      }
      return;
    }
  }
  std::move(done)(broken);
}

absl::Status FaultyStore::Load(const StudyName& study, StudySink& sink) {
  return base_->Load(study, sink);
}

absl::StatusOr<StudyPage> FaultyStore::List(const ListQuery& query) {
  return base_->List(query);
}

void FakePolicy::Suggest(const std::string& endpoint,
                         const vizier::SuggestRequest& request,
                         Done<vizier::SuggestDecision> done) {
  MutexLock lock(mutex_);
  ++asked_;
  asks_.push_back(
      {.endpoint = endpoint, .request = request, .done = std::move(done)});
  changed_.NotifyAll();
}

void FakePolicy::EarlyStop(const std::string& endpoint,
                           const vizier::EarlyStopRequest& request,
                           Done<vizier::EarlyStopDecisions> done) {
  MutexLock lock(mutex_);
  ++asked_;
  stop_asks_.push_back(
      {.endpoint = endpoint, .request = request, .done = std::move(done)});
  changed_.NotifyAll();
}

FakePolicy::Ask FakePolicy::TakeAsk() {
  MutexLock lock(mutex_);
  while (asks_.empty()) changed_.Wait(mutex_);
  Ask ask = std::move(asks_.front());
  asks_.pop_front();
  return ask;
}

FakePolicy::StopAsk FakePolicy::TakeStopAsk() {
  MutexLock lock(mutex_);
  while (stop_asks_.empty()) changed_.Wait(mutex_);
  StopAsk ask = std::move(stop_asks_.front());
  stop_asks_.pop_front();
  return ask;
}

int FakePolicy::asked() {
  MutexLock lock(mutex_);
  return asked_;
}

}  // namespace apogee
