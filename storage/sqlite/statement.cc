#include "storage/sqlite/statement.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Never null, which SQLite would take for NULL.
const char* Data(absl::string_view value) {
  return value.empty() ? "" : value.data();
}

absl::StatusCode Code(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

absl::Status SqliteStatus(sqlite3* database, int code) {
  return absl::Status(
      Code(code),
      absl::StrCat("\"", sqlite3_db_filename(database, "main"),
                   "\": ", sqlite3_errstr(code), " (", sqlite3_errmsg(database),
                   "; SQLite code ", code, ")"));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

absl::StatusOr<Statement> Statement::Prepare(sqlite3* database,
                                             absl::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code =
      sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &prepared,
                         /*pzTail=*/nullptr);
  if (code != SQLITE_OK) {
    return SqliteStatus(database, code);
  }
  Statement statement;
  statement.statement_.reset(prepared);
  return statement;
}

Statement& Statement::BindInt(int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), ++parameter_, value);
  bind_error_ = bind_error_ != 0 ? bind_error_ : code;
  return *this;
}

Statement& Statement::BindInt(std::optional<int64_t> value) {
  if (value) {
    return BindInt(*value);
  }
  ++parameter_;  // unbound is NULL
  return *this;
}

Statement& Statement::BindText(absl::string_view value) {
  const int code =
      sqlite3_bind_text64(statement_.get(), ++parameter_, Data(value),
                          value.size(), SQLITE_STATIC, SQLITE_UTF8);
  bind_error_ = bind_error_ != 0 ? bind_error_ : code;
  return *this;
}

Statement& Statement::BindTextOrNull(absl::string_view value) {
  if (!value.empty()) {
    return BindText(value);
  }
  ++parameter_;
  return *this;
}

Statement& Statement::BindBlob(absl::string_view value) {
  const int code = sqlite3_bind_blob64(
      statement_.get(), ++parameter_, Data(value), value.size(), SQLITE_STATIC);
  bind_error_ = bind_error_ != 0 ? bind_error_ : code;
  return *this;
}

Statement& Statement::BindBlobOrNull(absl::string_view value) {
  if (!value.empty()) {
    return BindBlob(value);
  }
  ++parameter_;
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  sqlite3* database = sqlite3_db_handle(statement_.get());
  if (bind_error_ != SQLITE_OK) {
    return SqliteStatus(database, bind_error_);
  }
  column_ = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return SqliteStatus(database, code);
}

int64_t Statement::TakeInt() {
  return sqlite3_column_int64(statement_.get(), column_++);
}

std::optional<int64_t> Statement::TakeOptionalInt() {
  if (sqlite3_column_type(statement_.get(), column_) == SQLITE_NULL) {
    ++column_;
    return std::nullopt;
  }
  return TakeInt();
}

std::optional<double> Statement::TakeOptionalDouble() {
  const int column = column_++;
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) {
    return std::nullopt;
  }
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::TakeBytes() {
  const int column = column_++;
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string()
                         : std::string(static_cast<const char*>(data), size);
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  parameter_ = 0;
  bind_error_ = SQLITE_OK;
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) {
    row = Step();
  }
  Reset();
  return row.status();
}

}  // namespace apogee
