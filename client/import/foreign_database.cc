#include "client/import/foreign_database.h"

#include "base/status_macros.h"

namespace apogee {
namespace {

absl::Status Wrong(const absl::Status& error) {
  return absl::InvalidArgumentError(error.message());
}

}  // namespace

absl::StatusOr<Connection> OpenForeign(const std::string& path) {
  absl::StatusOr<Connection> file =
      Connection::Open(path, Connection::Mode::kForeign);
  if (!file.ok()) return Wrong(file.status());
  return file;
}

absl::StatusOr<bool> HasTables(const Connection& file,
                               std::initializer_list<absl::string_view> names) {
  ASSIGN_OR_RETURN(Statement find,
                   PrepareForeign(file,
                                  "SELECT 1 FROM sqlite_schema WHERE type = "
                                  "'table' AND rootpage > 0 AND name = ?"));
  for (const absl::string_view name : names) {
    find.BindText(name);
    ASSIGN_OR_RETURN(const bool found, NextRow(find));
    find.Reset();
    if (!found) return false;
  }
  return true;
}

absl::StatusOr<Statement> PrepareForeign(const Connection& file,
                                         absl::string_view sql) {
  absl::StatusOr<Statement> statement = file.Prepare(sql);
  if (!statement.ok()) return Wrong(statement.status());
  return statement;
}

absl::StatusOr<bool> NextRow(Statement& statement) {
  absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) return Wrong(row.status());
  return row;
}

}  // namespace apogee
