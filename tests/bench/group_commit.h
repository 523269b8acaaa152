#pragma once

#include <sqlite3.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/mutex.h"

namespace apogee {

// The least that durable calls can cost: rows of 500 bytes into one SQLite
// table, all that wait in one transaction, one sync for each. Thread-safe.
class GroupCommit {
 public:
  using Done = absl::AnyInvocable<void() &&>;

  // Creates `file`.
  explicit GroupCommit(const std::string& file);
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // `done` runs on the thread that writes, once the row is on the disk.
  void Append(Done done);

 private:
  void Run();
  void Execute(const char* sql);
  void Write(size_t rows);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  const std::string row_;
  int64_t next_row_ = 0;
  Mutex mutex_;
  CondVar changed_;
  std::vector<Done> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace apogee
