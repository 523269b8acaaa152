#include "storage/sqlite/connection.h"

#include <sqlite3.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// How long to wait for a lock that somebody else holds: only recovery after a
// crash, or a program that should not write here.
constexpr std::chrono::milliseconds kBusyTimeout = std::chrono::seconds(10);
// Reads beyond this part of the file go through read() instead.
constexpr int64_t kMappedBytes = int64_t{1} << 30;
constexpr int kMaxRowBytes = 128 << 20;

// Statistics take a lock that all connections share. Only possible before the
// process first uses SQLite; without it all works, more slowly.
void TurnOffStatistics() {
  static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)code;
}

absl::Status SetUpReader(const Connection& connection) {
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                    nullptr);
  return connection.Run(absl::StrCat("PRAGMA mmap_size = ", kMappedBytes));
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
  return connection;
}

absl::Status Connection::Run(const std::string& sql) const {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr,
                                /*errmsg=*/nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteStatus(handle(), code);
}

absl::StatusOr<int64_t> Connection::QueryInt(absl::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  RETURN_IF_ERROR(statement.Step().status());
  return statement.TakeInt();
}

absl::StatusOr<std::string> Connection::QueryText(absl::string_view sql) const {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  RETURN_IF_ERROR(statement.Step().status());
  return statement.TakeBytes();
}

}  // namespace apogee
