#include "tests/bench/group_commit.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/check.h"
#include "base/thread.h"

namespace apogee {

GroupCommit::GroupCommit(const std::string& file) : row_(500, 'x') {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  APOGEE_CHECK(sqlite3_open_v2(file.c_str(), &database_,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                   SQLITE_OPEN_NOMUTEX,
                               nullptr) == SQLITE_OK);
  Execute("PRAGMA journal_mode = WAL");
  Execute("PRAGMA synchronous = FULL");
  Execute("PRAGMA secure_delete = OFF");
  // As seldom as the store under load.
  Execute("PRAGMA wal_autocheckpoint = 16000");
  Execute(
      "CREATE TABLE rows(study INTEGER, trial INTEGER, body BLOB, "
      "PRIMARY KEY(study, trial))");
  APOGEE_CHECK(sqlite3_prepare_v2(database_, "INSERT INTO rows VALUES(?, ?, ?)",
                                  -1, &insert_, nullptr) == SQLITE_OK);
  thread_ = std::thread([this] { Run(); });
}

GroupCommit::~GroupCommit() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
  sqlite3_finalize(insert_);
  sqlite3_close_v2(database_);
}

void GroupCommit::Append(Done done) {
  {
    MutexLock lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  changed_.NotifyOne();
}

void GroupCommit::Run() {
  AskForShortTurns();
  while (true) {
    std::vector<Done> batch;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !closed_) changed_.Wait(mutex_);
      batch.swap(waiting_);
    }
    if (batch.empty()) return;
    Write(batch.size());
    for (Done& done : batch) std::move(done)();
  }
}

void GroupCommit::Execute(const char* sql) {
  APOGEE_CHECK(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) ==
               SQLITE_OK);
}

void GroupCommit::Write(size_t rows) {
  constexpr int kStudies = 8;
  Execute("BEGIN IMMEDIATE");
  for (size_t i = 0; i < rows; ++i, ++next_row_) {
    sqlite3_bind_int64(insert_, 1, next_row_ % kStudies);
    sqlite3_bind_int64(insert_, 2, next_row_);
    sqlite3_bind_blob(insert_, 3, row_.data(), static_cast<int>(row_.size()),
                      SQLITE_STATIC);
    APOGEE_CHECK(sqlite3_step(insert_) == SQLITE_DONE);
    sqlite3_reset(insert_);
  }
  Execute("COMMIT");
}

}  // namespace apogee
