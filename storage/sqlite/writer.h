#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "storage/commit_queue.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/sqlite_datastore.h"

namespace apogee {

// The one connection that writes and checkpoints. (Two that did could lose
// committed pages to each other in SQLite before 3.51.3.) Its file has been
// through PrepareSchema. All that is not marked thread-safe is for one thread
// at a time.
class Writer {
 public:
  static absl::StatusOr<std::unique_ptr<Writer>> Create(
      Connection connection, Synchronous synchronous);

  // Makes the commits durable in one transaction and sets their results. One
  // that fails for a reason of its own fails alone. After an I/O error, a full
  // disk or a damaged file nothing is known of the batch: the writer stops, and
  // all commits from then on are UNAVAILABLE.
  void Write(absl::Span<QueuedCommit> batch);

  // Moves the log into the file, if that is due.
  void Checkpoint(bool idle);

  // Writes the file anew without its unused pages.
  // RESOURCE_EXHAUSTED  the disk has no room for a second copy
  // UNAVAILABLE         the writer has stopped, perhaps right now
  absl::Status Vacuum();

  // Makes what `change` does durable, or undoes it when it fails.
  // UNAVAILABLE  the writer has stopped, perhaps right now
  absl::Status Change(
      absl::FunctionRef<absl::Status(const Connection&)> change);

  // Takes commits of the study again. Thread-safe.
  void Unfence(const std::string& name);

  // OK, or why the writer stopped. Thread-safe.
  absl::Status Health() const;

  // Of the write-ahead log's part in use. Thread-safe.
  int64_t log_bytes() const { return log_pages_ * page_bytes_; }

 private:
  explicit Writer(Connection connection) : connection_(std::move(connection)) {}

  absl::Status Configure(Synchronous synchronous);
  absl::Status PrepareStatements();
  // An error concerns the whole batch. Guarded, each commit can be undone by
  // itself, which takes time; not guarded, all is undone and the answer is
  // false when one of them fails half-way.
  absl::StatusOr<bool> WriteTransaction(absl::Span<QueuedCommit> batch,
                                        bool guarded);
  absl::Status WriteOne(const Commit& commit, const std::string& name);
  absl::StatusOr<std::optional<int64_t>> FindKey(const std::string& name);
  absl::StatusOr<int64_t> PutStudy(std::optional<int64_t> key,
                                   const Commit& commit);
  absl::Status PutRows(int64_t key, const Commit& commit);
  absl::Status EraseStudy(int64_t key, const std::string& name);
  absl::Status EraseTrial(int64_t key, int64_t trial_id);
  bool IsFenced(const std::string& name);
  void Stop(const absl::Status& why);

  Connection connection_;
  Statement begin_, commit_, rollback_;
  Statement savepoint_, release_, rollback_to_;
  Statement find_key_, put_study_, put_trial_, put_measurement_, put_operation_;
  Statement erase_trial_, erase_measurements_;
  Statement erase_study_, erase_all_trials_, erase_all_measurements_,
      erase_all_operations_;

  // By study name, filled by look-ups alone: so a commit that is undone by
  // itself leaves nothing wrong in it. What is not in it may still exist.
  absl::flat_hash_map<std::string, int64_t> keys_;

  int64_t page_bytes_ = 0;
  std::atomic<int> log_pages_ = 0;  // in the WAL after the last commit
  int settled_pages_ = 0;  // of them, those no further checkpoint is due for

  mutable Mutex mutex_;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  // Studies with a commit that failed alone: what follows may build on it.
  absl::flat_hash_set<std::string> fenced_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
