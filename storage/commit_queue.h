#pragma once

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "storage/datastore.h"

namespace apogee {

// A commit on its way to the disk.
struct QueuedCommit {
  Commit commit;
  Datastore::Done done;
  absl::Status result;
};

// The one thread of a store that writes. It takes what is queued, in order, in
// batches of bounded size. Thread-safe.
class CommitQueue {
 public:
  struct Steps {
    // Makes the commits durable and sets each one's result.
    absl::AnyInvocable<void(absl::Span<QueuedCommit>)> write;
    // Runs after the batch's done callbacks; `idle` when nothing is queued.
    absl::AnyInvocable<void(bool idle)> tidy;
  };

  // Both steps and the report of `options` run on the queue's thread only.
  CommitQueue(Steps steps, StoreOptions options);
  // Works off all that is queued, callbacks included.
  ~CommitQueue();
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  // `done` runs on the queue's thread, after those of earlier commits. It may
  // push.
  void Push(Commit commit, Datastore::Done done);

  // Runs `job` on the queue's thread between two batches, and waits for it.
  // Not for callbacks of the queue.
  void RunAlone(absl::AnyInvocable<void() &&> job);

  // How many commits nobody is writing yet.
  int64_t size() const;

 private:
  struct Work {
    std::vector<QueuedCommit> commits;
    std::vector<absl::AnyInvocable<void() &&>> jobs;

    bool empty() const { return commits.empty() && jobs.empty(); }
  };

  void Run();
  // Waits for work; empty when the queue is closed and worked off.
  Work Take();
  void WriteBatch(absl::Span<QueuedCommit> batch);
  bool Idle();

  Steps steps_;
  const StoreOptions options_;
  mutable Mutex mutex_;
  CondVar changed_;
  Work queue_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace apogee
