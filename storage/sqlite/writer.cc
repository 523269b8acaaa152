#include "storage/sqlite/writer.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/engine_rules.h"
#include "storage/sqlite/tables.h"

namespace apogee {
namespace {

// Pages of 4 KiB in the log that make a checkpoint due: when nothing else is to
// do, and in any case.
constexpr int kIdleLogPages = 1000;
constexpr int kBusyLogPages = 16000;
// The log is cut back to this when it is begun anew.
constexpr int64_t kKeptLogBytes = int64_t{64} << 20;
constexpr size_t kMaxCachedKeys = 100000;

// Whether after this error nothing can be said of the file. Otherwise the
// commit itself is at fault.
bool StopsWriter(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDataLoss(status);
}

int RememberLogPages(void* log_pages, sqlite3*, const char*, int pages) {
  *static_cast<std::atomic<int>*>(log_pages) = pages;
  return SQLITE_OK;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Create(
    Connection connection, Synchronous synchronous) {
  std::unique_ptr<Writer> writer(new Writer(std::move(connection)));
  RETURN_IF_ERROR(writer->Configure(synchronous));
  RETURN_IF_ERROR(writer->PrepareStatements());
  return writer;
}

absl::Status Writer::Configure(Synchronous synchronous) {
  RETURN_IF_ERROR(connection_.Run(absl::StrCat(
      "PRAGMA synchronous = ",
      synchronous == Synchronous::kFull ? "FULL" : "NORMAL",
      "; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = OFF; "
      "PRAGMA journal_size_limit = ",
      kKeptLogBytes)));
  ASSIGN_OR_RETURN(page_bytes_, connection_.QueryInt("PRAGMA page_size"));
  sqlite3_wal_hook(connection_.handle(), RememberLogPages, &log_pages_);
  return absl::OkStatus();
}

absl::Status Writer::PrepareStatements() {
  const std::pair<Statement*, absl::string_view> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&rollback_, "ROLLBACK"},
      {&savepoint_, "SAVEPOINT one"},
      {&release_, "RELEASE one"},
      {&rollback_to_, "ROLLBACK TO one"},
      {&find_key_, "SELECT study_key FROM studies WHERE name = ?"},
      {&put_study_, kPutStudy},
      {&put_trial_, kPutTrial},
      {&put_measurement_, kPutMeasurement},
      {&put_operation_, kPutOperation},
      {&erase_trial_,
       "DELETE FROM trials WHERE study_key = ? AND trial_id = ?"},
      {&erase_measurements_,
       "DELETE FROM measurements WHERE study_key = ? AND trial_id = ?"},
      {&erase_study_, "DELETE FROM studies WHERE study_key = ?"},
      {&erase_all_trials_, "DELETE FROM trials WHERE study_key = ?"},
      {&erase_all_measurements_,
       "DELETE FROM measurements WHERE study_key = ?"},
      {&erase_all_operations_, "DELETE FROM operations WHERE study_key = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, connection_.Prepare(sql));
  }
  return absl::OkStatus();
}

void Writer::Write(absl::Span<QueuedCommit> batch) {
  absl::Status health = Health();
  if (health.ok()) {
    absl::StatusOr<bool> written = WriteTransaction(batch, /*guarded=*/false);
    if (written.ok() && !*written) {
      written = WriteTransaction(batch, /*guarded=*/true);
    }
    if (written.ok()) {
      return;
    }
    Stop(written.status());
    health = Health();
  }
  for (QueuedCommit& queued : batch) {
    queued.result = health;
  }
}

absl::StatusOr<bool> Writer::WriteTransaction(absl::Span<QueuedCommit> batch,
                                              bool guarded) {
  RETURN_IF_ERROR(begin_.Run());
  for (QueuedCommit& queued : batch) {
    const std::string name = queued.commit.study.ToString();
    if (queued.commit.erase_study) {
      Unfence(name);
    } else if (IsFenced(name)) {
      queued.result = absl::AbortedError(absl::StrCat(
          "an earlier change of ", name, " could not be written; ask again"));
      continue;
    }
    if (guarded) {
      RETURN_IF_ERROR(savepoint_.Run());
    }
    queued.result = WriteOne(queued.commit, name);
    if (StopsWriter(queued.result)) {
      return queued.result;
    }
    // One for no study has written nothing.
    if (!queued.result.ok() && !absl::IsNotFound(queued.result)) {
      if (!guarded) {
        RETURN_IF_ERROR(rollback_.Run());
        keys_.clear();
        return false;
      }
      RETURN_IF_ERROR(rollback_to_.Run());
      MutexLock lock(mutex_);
      fenced_.insert(name);
    }
    if (guarded) {
      RETURN_IF_ERROR(release_.Run());
    }
  }
  RETURN_IF_ERROR(commit_.Run());
  return true;
}

absl::Status Writer::WriteOne(const Commit& commit, const std::string& name) {
  ASSIGN_OR_RETURN(std::optional<int64_t> key, FindKey(name));
  if (!key && !commit.study_row) {
    return NoSuchStudy(commit.study);
  }
  if (commit.erase_study && key) {
    RETURN_IF_ERROR(EraseStudy(*key, name));
    key.reset();
    if (!commit.study_row) {
      return absl::OkStatus();
    }
  }
  if (commit.study_row) {
    ASSIGN_OR_RETURN(key, PutStudy(key, commit));
  }
  return PutRows(*key, commit);
}

absl::StatusOr<std::optional<int64_t>> Writer::FindKey(
    const std::string& name) {
  if (const auto cached = keys_.find(name); cached != keys_.end()) {
    return cached->second;
  }
  const absl::StatusOr<bool> found = find_key_.BindText(name).Step();
  std::optional<int64_t> key;
  if (found.ok() && *found) {
    key = find_key_.TakeInt();
  }
  find_key_.Reset();
  RETURN_IF_ERROR(found.status());
  if (key) {
    if (keys_.size() >= kMaxCachedKeys) {
      keys_.clear();
    }
    keys_.emplace(name, *key);
  }
  return key;
}

absl::StatusOr<int64_t> Writer::PutStudy(std::optional<int64_t> key,
                                         const Commit& commit) {
  BindStudy(key, commit.study, *commit.study_row, put_study_);
  RETURN_IF_ERROR(put_study_.Run());
  return key ? *key : sqlite3_last_insert_rowid(connection_.handle());
}

absl::Status Writer::PutRows(int64_t key, const Commit& commit) {
  for (const TrialRow& row : commit.trials) {
    BindTrial(key, row, put_trial_);
    RETURN_IF_ERROR(put_trial_.Run());
  }
  for (const MeasurementRow& row : commit.measurements) {
    BindMeasurement(key, row, put_measurement_);
    RETURN_IF_ERROR(put_measurement_.Run());
  }
  for (int64_t trial_id : commit.erased_trials) {
    RETURN_IF_ERROR(EraseTrial(key, trial_id));
  }
  for (const OperationRow& row : commit.operations) {
    const std::string trial_ids = FormatTrialIds(row);
    BindOperation(key, row, trial_ids, put_operation_);
    RETURN_IF_ERROR(put_operation_.Run());
  }
  return absl::OkStatus();
}

absl::Status Writer::EraseStudy(int64_t key, const std::string& name) {
  keys_.erase(name);
  for (Statement* erase : {&erase_all_operations_, &erase_all_measurements_,
                           &erase_all_trials_, &erase_study_}) {
    RETURN_IF_ERROR(erase->BindInt(key).Run());
  }
  return absl::OkStatus();
}

absl::Status Writer::EraseTrial(int64_t key, int64_t trial_id) {
  for (Statement* erase : {&erase_measurements_, &erase_trial_}) {
    RETURN_IF_ERROR(erase->BindInt(key).BindInt(trial_id).Run());
  }
  return absl::OkStatus();
}

void Writer::Checkpoint(bool idle) {
  if (!Health().ok()) {
    return;
  }
  if (log_pages_ < settled_pages_) {
    settled_pages_ = 0;  // the log was begun anew
  }
  if (log_pages_ - settled_pages_ < (idle ? kIdleLogPages : kBusyLogPages)) {
    return;
  }
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      connection_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  if ((code & 0xff) == SQLITE_BUSY) {
    return;
  }
  if (code != SQLITE_OK) {
    Stop(SqliteStatus(connection_.handle(), code));
    return;
  }
  // Pages that a reader still needs stay: wait for as many again. When all are
  // moved the next commit begins the log anew, or asks again.
  settled_pages_ = moved < pages ? pages : 0;
}

absl::Status Writer::Vacuum() {
  RETURN_IF_ERROR(Health());
  const absl::Status vacuumed = connection_.Run("VACUUM");
  if ((sqlite3_errcode(connection_.handle()) & 0xff) == SQLITE_FULL) {
    // Nothing was committed, so nothing is in doubt.
    return absl::ResourceExhaustedError(
        absl::StrCat("the disk has no room for a second copy of the store: ",
                     vacuumed.message()));
  }
  if (!vacuumed.ok()) {
    Stop(vacuumed);
    return Health();
  }
  // Readers that still need the log keep it: then later checkpoints shrink the
  // file.
  const int code =
      sqlite3_wal_checkpoint_v2(connection_.handle(), "main",
                                SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code == SQLITE_OK) {
    log_pages_ = 0;
    settled_pages_ = 0;
  } else if ((code & 0xff) != SQLITE_BUSY) {
    Stop(SqliteStatus(connection_.handle(), code));
    return Health();
  }
  return absl::OkStatus();
}

absl::Status Writer::Change(
    absl::FunctionRef<absl::Status(const Connection&)> change) {
  RETURN_IF_ERROR(Health());
  absl::Status changed = begin_.Run();
  const bool begun = changed.ok();
  if (changed.ok()) changed = change(connection_);
  // What fails for a reason of its own leaves the file as it was.
  if (begun && !changed.ok() && !StopsWriter(changed)) {
    const absl::Status undone = rollback_.Run();
    if (undone.ok()) return changed;
    changed = undone;
  }
  if (changed.ok()) changed = commit_.Run();
  if (changed.ok()) return changed;
  Stop(changed);
  return Health();
}

bool Writer::IsFenced(const std::string& name) {
  MutexLock lock(mutex_);
  return fenced_.contains(name);
}

void Writer::Unfence(const std::string& name) {
  MutexLock lock(mutex_);
  fenced_.erase(name);
}

absl::Status Writer::Health() const {
  MutexLock lock(mutex_);
  return health_;
}

void Writer::Stop(const absl::Status& why) {
  // Fails where SQLite has rolled back already.
  rollback_.Run().IgnoreError();
  MutexLock lock(mutex_);
  health_ = absl::UnavailableError(absl::StrCat(
      "the store takes no more commits after an error: ", why.message(),
      "; mend it and restart the server"));
}

}  // namespace apogee
