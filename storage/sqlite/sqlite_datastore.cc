#include "storage/sqlite/sqlite_datastore.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/commit_queue.h"
#include "storage/schema_version.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/learning_tables.h"
#include "storage/sqlite/maintenance.h"
#include "storage/sqlite/readers.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/writer.h"

namespace apogee {
namespace {

class SqliteDatastore final : public Datastore {
 public:
  SqliteDatastore(std::string path, FileLock lock,
                  std::unique_ptr<Writer> writer,
                  std::unique_ptr<Readers> readers, StoreOptions options)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        readers_(std::move(readers)),
        queue_({.write =
                    [this](absl::Span<QueuedCommit> batch) {
                      writer_->Write(batch);
                    },
                .tidy = [this](bool idle) { writer_->Checkpoint(idle); }},
               std::move(options)) {}

  void Apply(Commit commit, Done done) override {
    queue_.Push(std::move(commit), std::move(done));
  }
  absl::Status Load(const StudyName& study, StudySink& sink) override {
    writer_->Unfence(study.ToString());
    return readers_->Load(study, sink);
  }
  absl::StatusOr<StudyPage> List(const ListQuery& query) override {
    return readers_->List(query);
  }
  absl::StatusOr<StudyOutline> Outline(const StudyName& study) override {
    return readers_->Outline(study);
  }
  absl::StatusOr<std::vector<StudyOutline>> ListShared(
      const SharedQuery& query) override {
    return readers_->ListShared(query);
  }
  absl::StatusOr<std::vector<std::string>> ListSharingOwners() override {
    return readers_->ListSharingOwners();
  }
  absl::StatusOr<std::vector<TrialOutline>> ListFinished(const StudyName& study,
                                                         int limit) override {
    return readers_->ListFinished(study, limit);
  }
  absl::StatusOr<int64_t> CountFinished(const StudyName& study,
                                        int limit) override {
    return readers_->CountFinished(study, limit);
  }
  absl::StatusOr<std::vector<RegressorRow>> ListRegressors() override {
    return readers_->ListRegressors();
  }
  absl::StatusOr<RegressorRow> LoadRegressor(int64_t version) override {
    return readers_->LoadRegressor(version);
  }
  absl::StatusOr<int64_t> AddRegressor(RegressorRow row) override {
    int64_t version = 0;
    RETURN_IF_ERROR(Change([&](const Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(version, WriteRegressor(connection, row));
      return absl::OkStatus();
    }));
    return version;
  }
  absl::Status ChooseRegressor(int64_t version, absl::Time when) override {
    return Change([&](const Connection& connection) {
      return WriteChoice(connection, version, when);
    });
  }
  absl::Status EraseRegressor(int64_t version) override {
    return Change([&](const Connection& connection) {
      return DeleteRegressor(connection, version);
    });
  }
  absl::Status Backup(const std::string& path) override {
    return BackUpFile(path_, path);
  }
  absl::StatusOr<std::vector<std::string>> Check() override {
    return CheckFile(path_);
  }
  absl::Status Vacuum() override {
    absl::Status vacuumed;
    queue_.RunAlone([&] { vacuumed = writer_->Vacuum(); });
    return vacuumed;
  }
  absl::Status Health() const override { return writer_->Health(); }
  StoreStats Stats() const override {
    return {.queued_commits = queue_.size(), .log_bytes = writer_->log_bytes()};
  }

 private:
  // Runs `change` between two batches.
  absl::Status Change(
      absl::FunctionRef<absl::Status(const Connection&)> change) {
    absl::Status changed;
    queue_.RunAlone([&] { changed = writer_->Change(change); });
    return changed;
  }

  // Closed from the last to the first: the queue is worked off, then the
  // writer, last to leave the file, moves the log into it.
  const std::string path_;
  FileLock lock_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Readers> readers_;
  CommitQueue queue_;
};

// One name for one file, so that two ways to it meet at one lock.
std::string Canonical(const std::string& path) {
  std::error_code error;
  std::filesystem::path canonical = std::filesystem::absolute(path, error);
  if (!error) {
    canonical = std::filesystem::weakly_canonical(canonical, error);
  }
  return error ? path : canonical.string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Datastore>> OpenSqliteDatastore(
    const SqliteOptions& sqlite, StoreOptions options) {
  const std::string path = Canonical(sqlite.path);
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(path));
  ASSIGN_OR_RETURN(Connection connection,
                   Connection::Open(path, Connection::Mode::kWriter));
  RETURN_IF_ERROR(PrepareSchema(path, connection));
  RETURN_IF_ERROR(connection.RenewLog());
  ASSIGN_OR_RETURN(std::unique_ptr<Writer> writer,
                   Writer::Create(std::move(connection), sqlite.synchronous));
  ASSIGN_OR_RETURN(std::unique_ptr<Readers> readers, Readers::Open(path));
  return std::make_unique<SqliteDatastore>(
      path, std::move(lock), std::move(writer), std::move(readers),
      std::move(options));
}

absl::StatusOr<std::unique_ptr<StudyReader>> OpenSqliteReader(
    const std::string& path) {
  ASSIGN_OR_RETURN(const Connection connection,
                   Connection::Open(path, Connection::Mode::kReader));
  ASSIGN_OR_RETURN(const int64_t version,
                   connection.QueryInt("PRAGMA user_version"));
  if (version != kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("\"", path, "\" has schema version ", version,
                     "; this program reads ", kSchemaVersion));
  }
  return Readers::Open(path);
}

}  // namespace apogee
