#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/statement.h"

namespace apogee {

// Another program's SQLite file, which may hold anything. All errors are
// INVALID_ARGUMENT, for it is the file that is wrong.

absl::StatusOr<Connection> OpenForeign(const std::string& path);

// Whether the file has all of these as ordinary tables.
absl::StatusOr<bool> HasTables(const Connection& file,
                               std::initializer_list<absl::string_view> names);

absl::StatusOr<Statement> PrepareForeign(const Connection& file,
                                         absl::string_view sql);
// To the next row; false at the end.
absl::StatusOr<bool> NextRow(Statement& statement);

}  // namespace apogee
