#include "storage/sqlite/maintenance.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/statement.h"

namespace apogee {
namespace {

// Problems that SQLite lists before it stops.
constexpr int kMaxProblems = 100;

// What SQLite can not know of our tables: each counts rows that are wrong.
constexpr std::pair<const char*, const char*> kRules[] = {
    {"SELECT count(*) FROM trials WHERE study_key NOT IN "
     "(SELECT study_key FROM studies)",
     "trials that belong to no study"},
    {"SELECT count(*) FROM measurements m WHERE NOT EXISTS "
     "(SELECT 1 FROM trials t WHERE t.study_key = m.study_key AND "
     "t.trial_id = m.trial_id)",
     "measurements that belong to no trial"},
    {"SELECT count(*) FROM operations WHERE study_key NOT IN "
     "(SELECT study_key FROM studies)",
     "operations that belong to no study"},
    {"SELECT count(*) FROM trials WHERE trial_id < 1",
     "trials whose id is below 1"},
    {"SELECT count(*) FROM (SELECT 1 FROM trials WHERE finished IS NOT NULL "
     "GROUP BY study_key, finished HAVING count(*) > 1)",
     "places in the order of finishing that several trials have"},
};

absl::Status CanNotWrite(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("can not write \"", path, "\": ", why,
                   "; name a file in a folder with room for it"));
}

// Waits until the file or folder is on the disk.
absl::Status Sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return CanNotWrite(path, std::strerror(errno));
  const int synced = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  return synced == 0 ? absl::OkStatus()
                     : CanNotWrite(path, std::strerror(error));
}

// All pages in one step: smaller ones would begin anew at every commit.
absl::Status CopyPages(const Connection& source, const Connection& copy,
                       const std::string& path) {
  // Nobody reads the copy before it is whole and synced.
  absl::Status ready =
      copy.Run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  if (!ready.ok()) return CanNotWrite(path, ready.message());
  sqlite3_backup* const backup =
      sqlite3_backup_init(copy.handle(), "main", source.handle(), "main");
  if (backup == nullptr) {
    return CanNotWrite(path, sqlite3_errmsg(copy.handle()));
  }
  const int stepped = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (stepped == SQLITE_DONE) return absl::OkStatus();
  if ((stepped & 0xff) == SQLITE_CORRUPT) {
    return absl::DataLossError(
        "the store is damaged; \"apogee admin check\" says more");
  }
  return CanNotWrite(path, sqlite3_errstr(stepped));
}

absl::Status CheckName(const std::string& file, const std::string& copy) {
  std::error_code error;
  const std::string name =
      std::filesystem::weakly_canonical(copy, error).string();
  if (error) return CanNotWrite(copy, error.message());
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    if (name == file + suffix || name + ".partial" == file + suffix) {
      return absl::FailedPreconditionError(
          absl::StrCat("\"", copy,
                       "\" is a file of the store itself; choose another "
                       "name"));
    }
  }
  if (std::filesystem::exists(copy, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat("\"", copy, "\" exists already; choose another name"));
  }
  return absl::OkStatus();
}

absl::Status RunChecks(const Connection& connection,
                       std::vector<std::string>& problems) {
  ASSIGN_OR_RETURN(Statement check,
                   connection.Prepare(absl::StrCat("PRAGMA integrity_check(",
                                                   kMaxProblems, ")")));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, check.Step());
    if (!more) break;
    std::string problem = check.TakeBytes();
    if (problem != "ok") problems.push_back(std::move(problem));
  }
  for (const auto& [sql, what] : kRules) {
    ASSIGN_OR_RETURN(const int64_t count, connection.QueryInt(sql));
    if (count > 0) problems.push_back(absl::StrCat(count, " ", what));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BackUpFile(const std::string& file, const std::string& copy) {
  RETURN_IF_ERROR(CheckName(file, copy));
  const std::string partial = copy + ".partial";
  std::error_code error;
  std::filesystem::remove(partial, error);
  if (error) return CanNotWrite(partial, error.message());
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
  };
  {
    ASSIGN_OR_RETURN(const Connection source,
                     Connection::Open(file, Connection::Mode::kReader));
    const absl::StatusOr<Connection> target =
        Connection::Open(partial, Connection::Mode::kWriter);
    if (!target.ok()) return CanNotWrite(partial, "it can not be created");
    RETURN_IF_ERROR(CopyPages(source, *target, partial));
  }
  RETURN_IF_ERROR(Sync(partial));
  // Unlike a rename, this can not replace a file that has come meanwhile.
  std::filesystem::create_hard_link(partial, copy, error);
  if (error == std::errc::file_exists) return CheckName(file, copy);
  if (error) return CanNotWrite(copy, error.message());
  std::filesystem::path folder = std::filesystem::path(copy).parent_path();
  return Sync(folder.empty() ? "." : folder.string());
}

absl::StatusOr<std::vector<std::string>> CheckFile(const std::string& file) {
  ASSIGN_OR_RETURN(const Connection connection,
                   Connection::Open(file, Connection::Mode::kReader));
  std::vector<std::string> problems;
  // A file may be so damaged that not even its checks can be run.
  const absl::Status checked = RunChecks(connection, problems);
  if (absl::IsDataLoss(checked)) {
    problems.emplace_back(checked.message());
    return problems;
  }
  RETURN_IF_ERROR(checked);
  return problems;
}

}  // namespace apogee
