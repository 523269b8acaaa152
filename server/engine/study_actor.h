#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "google/protobuf/empty.pb.h"
#include "server/engine/breaker.h"
#include "server/engine/executor.h"
#include "server/engine/policy.h"
#include "server/engine/regressors.h"
#include "server/engine/study.h"
#include "server/engine/suggester.h"
#include "server/engine/timer.h"
#include "storage/datastore.h"

namespace apogee {

class StudyActor;

// What the studies of a server share. Outlives them all.
struct EngineContext {
  Datastore* store = nullptr;
  const Clock* clock = nullptr;
  RemotePolicy* remote = nullptr;
  Executor* engine = nullptr;   // study steps, all short
  Executor* compute = nullptr;  // algorithms that take long
  Executor* readers = nullptr;  // blocking reads of the store
  Timer* timer = nullptr;
  Regressors* regressors = nullptr;
  // How long SuggestTrials waits before it answers with an open operation.
  absl::Duration suggest_wait;
  // Called when an actor has retired.
  std::function<void(const StudyActor&)> retired;
  // Called with each answer of an algorithm or a remote policy, on any thread:
  // the algorithm's name, or "pythia", and how long it took.
  std::function<void(absl::string_view, absl::Duration)> on_suggest;
  // Called with how many trials were lost: of these, how many wait for the next
  // worker, and how many were given up. On any thread.
  std::function<void(int, int)> on_lost;
};

// What one study tells the server's monitors.
struct StudyStats {
  int64_t requested = 0;  // trials by state
  int64_t active = 0;
  int64_t stopping = 0;
  int64_t succeeded = 0;
  int64_t infeasible = 0;
  int64_t open_operations = 0;
  int64_t workers = 0;  // that have a running trial
};

// One study at work: its mailbox, its state machine, its algorithm.
//
// Messages run one at a time, in order, on the engine pool (or where PostShort
// says); the first one makes the study load from the store. No answer leaves
// before all that the study had committed when the answer was made is durable.
// An actor that turns out to have no study, or is told to go when nobody waits
// for it, retires when its mailbox is empty.
class StudyActor : public std::enable_shared_from_this<StudyActor> {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;
  using Message = absl::AnyInvocable<void(StudyActor&) &&>;

  StudyActor(StudyName name, const EngineContext* context);

  const StudyName& name() const { return name_; }

  // Queues `message`; false, with `message` untouched, once the actor has
  // retired. Any thread.
  bool Post(Message& message);
  // The same, but runs `message` on this thread, now, when none is before it
  // and the study is loaded. For messages that take microseconds, for which a
  // change of threads would cost more than they do.
  bool PostShort(Message& message);

  // As of the last time the mailbox was empty. Any thread.
  StudyStats Stats() const;

  // The rest is for messages, which have the actor to themselves. Each calls
  // `done` exactly once, now or later, on any thread.

  // Answers with what `step` returns for the study.
  // NOT_FOUND, or what the store said, when there is no study.
  template <typename T, typename Step>
  void Run(Step step, Done<T> done) {
    if (!study_) return Reply<T>(std::move(done), Missing());
    Effects effects;
    absl::StatusOr<T> result = step(*study_, context_->clock->Now(), effects);
    Settle(std::move(effects));
    Reply<T>(std::move(done), std::move(result));
    AskIfWanted();
  }

  // Creates the study, or answers with the one that is there. Takes a while
  // where the algorithm wants to know of other studies.
  void Create(const vizier::CreateStudyRequest& request, uint64_t seed,
              Done<vizier::Study> done);
  // Creates the study as it was elsewhere, or checks that it could be.
  // ALREADY_EXISTS  there is one
  void Import(const apogee::v1::ImportStudyRequest& request, uint64_t seed,
              Done<vizier::Study> done);
  void Delete(Done<google::protobuf::Empty> done);
  void Suggest(const vizier::SuggestTrialsRequest& request,
               Done<google::longrunning::Operation> done);
  void JudgeStopping(int64_t trial_id, Done<StopDecision> done);
  // Ends the wait of calls for open operations with `why`.
  void ReleaseWaiting(const absl::Status& why);
  // Retires unless there is more to do; whoever asks next loads the study anew.
  void Evict() { evicted_ = true; }

 private:
  using Answer = absl::AnyInvocable<void(const absl::Status&) &&>;

  // One commit on its way to the disk, and the answers that wait for it.
  struct InFlight {
    Mutex mutex;
    bool done ABSL_GUARDED_BY(mutex) = false;
    absl::Status status ABSL_GUARDED_BY(mutex);
    std::vector<Answer> waiting ABSL_GUARDED_BY(mutex);
  };

  bool PostLocked(Message& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drain();
  // The next message; false when there is none, which ends the turn.
  bool Next(Message& message);
  void RunMessage(Message message);
  // Has the timer call when the study's next lease ends.
  void WatchLeases();
  void Load();
  // Posts to itself, for answers that arrive on other threads.
  void PostToSelf(Message message);
  bool CommitsAreDone() const;
  // Whether nothing is lost when the actor goes.
  bool MayRetire() const;
  StudyStats CountStudy() const;

  // Reads what the study is to know of others and goes on with EndCreate.
  void GatherAndCreate(const vizier::CreateStudyRequest& request, uint64_t seed,
                       Done<vizier::Study> done);
  void EndCreate(const vizier::CreateStudyRequest& request, uint64_t seed,
                 absl::StatusOr<std::shared_ptr<const Background>> background,
                 Done<vizier::Study> done);
  absl::Status Missing() const;
  void Forget(absl::Status why);
  void Settle(Effects effects);
  void WhenDurable(Answer answer);
  template <typename T>
  void Reply(Done<T> done, absl::StatusOr<T> result) {
    WhenDurable([done = std::move(done), result = std::move(result)](
                    const absl::Status& durable) mutable {
      if (durable.ok()) {
        std::move(done)(std::move(result));
      } else {
        std::move(done)(durable);
      }
    });
  }

  void AskIfWanted();
  void AskRemote(const std::string& endpoint, int64_t count);
  void AskLocal(int64_t count);
  void EndAsk(absl::StatusOr<Proposal> proposal);
  void AnswerWaiting(const Operations::Key& key);
  StopDecision JudgeByRule(int64_t trial_id);
  absl::StatusOr<StopDecision> TakeStopAnswer(
      int64_t trial_id, absl::StatusOr<vizier::EarlyStopDecisions> answer);

  const StudyName name_;
  const EngineContext* const context_;

  mutable Mutex mutex_;
  std::deque<Message> mailbox_ ABSL_GUARDED_BY(mutex_);
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool retired_ ABSL_GUARDED_BY(mutex_) = false;
  StudyStats stats_ ABSL_GUARDED_BY(mutex_);

  // Touched by messages only.
  bool loaded_ = false;
  std::optional<Study> study_;
  absl::Status no_study_;  // why study_ is empty
  bool evicted_ = false;   // the last message was Evict
  // When the timer calls for the leases.
  absl::Time watched_ = absl::InfiniteFuture();
  int remote_calls_ = 0;  // to policies, still out
  int creations_ = 0;     // that wait for a background
  std::shared_ptr<Suggester> suggester_;
  std::shared_ptr<InFlight> last_commit_;
  // Calls that wait for an operation to end.
  absl::flat_hash_map<Operations::Key,
                      std::vector<Done<google::longrunning::Operation>>>
      waiting_;
  // Changes when the study is forgotten, so that late answers to the old one
  // are dropped.
  int64_t generation_ = 0;
  Breaker breaker_;
};

}  // namespace apogee
