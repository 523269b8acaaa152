#include "storage/sqlite/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// How long to wait for a lock that somebody else holds: only recovery after a
// crash, or a program that should not write here.
constexpr std::chrono::milliseconds kBusyTimeout = std::chrono::seconds(10);
constexpr int kMaxRowBytes = 128 << 20;
// SQLite's way to the disk takes less than 128 KiB at once.
constexpr size_t kLogPieceBytes = size_t{64} << 10;

// Statistics take a lock that all connections share. Only possible before the
// process first uses SQLite; without it all works, more slowly.
void TurnOffStatistics() {
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)code;
}

absl::Status SetUpReader(const Connection& connection) {
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  // A mapped file would count as the server's memory, and an error of the disk
  // would be a signal instead of a status.
  return connection.Run("PRAGMA mmap_size = 0");
}

// A file that somebody else wrote must not make us run code of its schema, nor
// crash by shrinking while it is mapped.
absl::Status SetUpForeign(const Connection& connection) {
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
                    nullptr);
  return connection.Run("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
}

}  // namespace

void Connection::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

absl::StatusOr<Connection> Connection::Open(const std::string& path,
                                            Mode mode) {
  TurnOffStatistics();
  const int access = mode == Mode::kWriter
                         ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                         : SQLITE_OPEN_READONLY;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &handle,
      access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, /*zVfs=*/nullptr);
  Connection connection;
  connection.handle_.reset(handle);
  if (code != SQLITE_OK) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open \"", path, "\": ", sqlite3_errstr(code)));
  }
  sqlite3_busy_timeout(handle, static_cast<int>(kBusyTimeout.count()));
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  if (mode == Mode::kReader) {
    RETURN_IF_ERROR(SetUpReader(connection));
  }
  if (mode == Mode::kForeign) {
    RETURN_IF_ERROR(SetUpForeign(connection));
  }
  return connection;
}

absl::Status Connection::Run(const std::string& sql) const {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr,
                                /*errmsg=*/nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteStatus(handle(), code);
}

absl::StatusOr<int64_t> Connection::QueryInt(absl::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  const int64_t value = statement.TakeInt();
  // A statement may have its row and fail afterwards.
  if (row) RETURN_IF_ERROR(statement.Run());
  return value;
}

absl::StatusOr<std::string> Connection::QueryText(absl::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  std::string value = statement.TakeBytes();
  if (row) RETURN_IF_ERROR(statement.Run());
  return value;
}

absl::Status Connection::RenewLog() const {
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log == nullptr || log->pMethods == nullptr) return absl::OkStatus();
  sqlite3_int64 size = 0;
  int code = log->pMethods->xFileSize(log, &size);
  std::vector<char> piece(kLogPieceBytes);
  for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size;) {
    const int bytes =
        static_cast<int>(std::min<sqlite3_int64>(size - at, std::ssize(piece)));
    code = log->pMethods->xRead(log, piece.data(), bytes, at);
    if (code == SQLITE_OK) {
      code = log->pMethods->xWrite(log, piece.data(), bytes, at);
    }
    at += bytes;
  }
  if (code == SQLITE_OK && size > 0) {
    code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
  }
  if (code == SQLITE_OK) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write \"", sqlite3_db_filename(handle(), "main"),
                   "-wal\": ", sqlite3_errstr(code)));
}

}  // namespace apogee
