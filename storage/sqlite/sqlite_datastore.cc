#include "storage/sqlite/sqlite_datastore.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "storage/commit_queue.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/file_lock.h"
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

}  // namespace apogee
