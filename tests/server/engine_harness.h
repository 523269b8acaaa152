#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "server/engine/engine.h"
#include "server/engine/policy.h"
#include "storage/datastore.h"
#include "tests/server/decode.h"

namespace apogee {

// Starts an engine method; the future gets its answer. `request` must live
// until then.
template <typename Request, typename Result>
std::future<absl::StatusOr<Decoded<Result>>> Start(
    Engine& engine,
    void (Engine::*method)(const Request&, Engine::Done<Result>),
    const Request& request) {
  std::promise<absl::StatusOr<Decoded<Result>>> promise;
  std::future<absl::StatusOr<Decoded<Result>>> future = promise.get_future();
  (engine.*method)(request, [promise = std::move(promise)](
                                absl::StatusOr<Result> result) mutable {
    promise.set_value(Decode(std::move(result)));
  });
  return future;
}

// Calls an engine method and waits for its answer.
template <typename Request, typename Result>
absl::StatusOr<Decoded<Result>> Call(
    Engine& engine,
    void (Engine::*method)(const Request&, Engine::Done<Result>),
    const Request& request) {
  return Start(engine, method, request).get();
}

// A store whose disk a test can hold up or break. Thread-safe.
class FaultyStore final : public Datastore {
 public:
  explicit FaultyStore(Datastore* base) : base_(base) {}

  // From now on commits wait until Release.
  void Hold();
  // Lets the waiting commits go, and all later ones.
  void Release();
  // The number of commits that wait. Blocks until there are at least `count`.
  void WaitForHeld(size_t count);
  // From now on every commit fails with `status`, and is not applied.
  void Break(absl::Status status);

  void Apply(Commit commit, Done done) override;
  absl::Status Load(const StudyName& study, StudySink& sink) override;
  absl::StatusOr<StudyPage> List(const ListQuery& query) override;
  absl::StatusOr<StudyOutline> Outline(const StudyName& study) override {
    return base_->Outline(study);
  }
  absl::StatusOr<std::vector<StudyOutline>> ListShared(
      const SharedQuery& query) override {
    return base_->ListShared(query);
  }
  absl::StatusOr<std::vector<std::string>> ListSharingOwners() override {
    return base_->ListSharingOwners();
  }
  absl::StatusOr<std::vector<TrialOutline>> ListFinished(const StudyName& study,
                                                         int limit) override {
    return base_->ListFinished(study, limit);
  }
  absl::StatusOr<int64_t> CountFinished(const StudyName& study,
                                        int limit) override {
    return base_->CountFinished(study, limit);
  }
  absl::StatusOr<std::vector<RegressorRow>> ListRegressors() override {
    return base_->ListRegressors();
  }
  absl::StatusOr<RegressorRow> LoadRegressor(int64_t version) override {
    return base_->LoadRegressor(version);
  }
  absl::StatusOr<int64_t> AddRegressor(RegressorRow row) override {
    return base_->AddRegressor(std::move(row));
  }
  absl::Status ChooseRegressor(int64_t version, absl::Time when) override {
    return base_->ChooseRegressor(version, when);
  }
  absl::Status EraseRegressor(int64_t version) override {
    return base_->EraseRegressor(version);
  }
  absl::Status Backup(const std::string& path) override {
    return base_->Backup(path);
  }
  absl::StatusOr<std::vector<std::string>> Check() override {
    return base_->Check();
  }
  absl::Status Vacuum() override { return base_->Vacuum(); }
  absl::Status Health() const override { return base_->Health(); }
  StoreStats Stats() const override { return base_->Stats(); }

 private:
  Datastore* const base_;
  Mutex mutex_;
  CondVar changed_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<Commit, Done>> held_ ABSL_GUARDED_BY(mutex_);
};

// A policy in another process, played by the test. Thread-safe.
class FakePolicy final : public RemotePolicy {
 public:
  struct Ask {
    std::string endpoint;
    vizier::SuggestRequest request;
    Done<vizier::SuggestDecision> done;
  };
  struct StopAsk {
    std::string endpoint;
    vizier::EarlyStopRequest request;
    Done<vizier::EarlyStopDecisions> done;
  };

  void Suggest(const std::string& endpoint,
               const vizier::SuggestRequest& request,
               Done<vizier::SuggestDecision> done) override;
  void EarlyStop(const std::string& endpoint,
                 const vizier::EarlyStopRequest& request,
                 Done<vizier::EarlyStopDecisions> done) override;

  // The oldest unanswered call; blocks until there is one.
  Ask TakeAsk();
  StopAsk TakeStopAsk();
  // Calls that were ever made.
  int asked();

 private:
  Mutex mutex_;
  CondVar changed_;
  int asked_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Ask> asks_ ABSL_GUARDED_BY(mutex_);
  std::deque<StopAsk> stop_asks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
