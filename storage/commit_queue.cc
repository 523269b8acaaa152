#include "storage/commit_queue.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <utility>

#include "base/thread.h"

namespace apogee {
namespace {

// A batch ends at either, so that no commit waits long for its neighbours.
constexpr size_t kMaxBatchCommits = 512;
constexpr size_t kMaxBatchBytes = size_t{16} << 20;

// About what the commit takes on disk.
size_t Bytes(const Commit& commit) {
  size_t bytes = commit.study_row ? commit.study_row->proto.size() +
                                        commit.study_row->background.size()
                                  : 0;
  for (const TrialRow& row : commit.trials) {
    bytes += row.proto.size();
  }
  for (const MeasurementRow& row : commit.measurements) {
    bytes += row.proto.size();
  }
  for (const OperationRow& row : commit.operations) {
    bytes += row.proto.size();
  }
  return bytes;
}

int64_t Rows(const Commit& commit) {
  return static_cast<int64_t>(
      (commit.study_row ? 1 : 0) + commit.trials.size() +
      commit.measurements.size() + commit.erased_trials.size() +
      commit.operations.size());
}

// How many of the first `commits` make one batch: at least one.
size_t BatchSize(absl::Span<const QueuedCommit> commits) {
  const size_t most = std::min(commits.size(), kMaxBatchCommits);
  size_t bytes = Bytes(commits[0].commit);
  size_t size = 1;
  while (size < most) {
    bytes += Bytes(commits[size].commit);
    if (bytes > kMaxBatchBytes) {
      break;
    }
    ++size;
  }
  return size;
}

}  // namespace

CommitQueue::CommitQueue(Steps steps, StoreOptions options)
    : steps_(std::move(steps)),
      options_(std::move(options)),
      thread_([this] { Run(); }) {}

CommitQueue::~CommitQueue() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

void CommitQueue::Push(Commit commit, Datastore::Done done) {
  {
    MutexLock lock(mutex_);
    queue_.commits.push_back(
        {std::move(commit), std::move(done), absl::OkStatus()});
  }
  changed_.NotifyOne();
}

void CommitQueue::RunAlone(absl::AnyInvocable<void() &&> job) {
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> ended = done->get_future();
  {
    MutexLock lock(mutex_);
    queue_.jobs.emplace_back([&job, done = std::move(done)] {
      std::move(job)();
      done->set_value();
    });
  }
  changed_.NotifyOne();
  ended.wait();
}

int64_t CommitQueue::size() const {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(queue_.commits.size());
}

void CommitQueue::Run() {
  NameThisThread("store writer");
  AskForShortTurns();
  for (;;) {
    Work taken = Take();
    if (taken.empty()) {
      return;
    }
    for (absl::AnyInvocable<void() &&>& job : taken.jobs) {
      std::move(job)();
    }
    for (absl::Span<QueuedCommit> rest = absl::MakeSpan(taken.commits);
         !rest.empty();) {
      const size_t size = BatchSize(rest);
      WriteBatch(rest.subspan(0, size));
      rest.remove_prefix(size);
      steps_.tidy(rest.empty() && Idle());
    }
  }
}

CommitQueue::Work CommitQueue::Take() {
  MutexLock lock(mutex_);
  while (queue_.empty() && !closed_) {
    changed_.Wait(mutex_);
  }
  return std::exchange(queue_, Work());
}

void CommitQueue::WriteBatch(absl::Span<QueuedCommit> batch) {
  BatchReport report{.commits = static_cast<int64_t>(batch.size())};
  for (const QueuedCommit& queued : batch) {
    report.rows += Rows(queued.commit);
  }
  const auto start = std::chrono::steady_clock::now();
  steps_.write(batch);
  report.elapsed = absl::FromChrono(std::chrono::steady_clock::now() - start);
  options_.on_batch(report);
  for (QueuedCommit& queued : batch) {
    std::move(queued.done)(std::move(queued.result));
    queued = QueuedCommit();
  }
}

bool CommitQueue::Idle() {
  MutexLock lock(mutex_);
  return queue_.empty();
}

}  // namespace apogee
