#include "storage/sqlite/schema.h"

#include <cstdint>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/schema_version.h"

namespace apogee {
namespace {

// Number n takes a file from schema version n - 1 to n.
constexpr absl::string_view kMigrations[] = {
#include "storage/sqlite/migrations.inc"
};
static_assert(std::size(kMigrations) == kSchemaVersion);

// "Apog": in the file's header, so that `file` and we can tell whose it is.
constexpr int64_t kApplicationId = 0x41706f67;

absl::Status Refused(const std::string& path, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("\"", path, "\" ", why));
}

// The file's schema version; 0 for a new file.
absl::StatusOr<int64_t> Identify(const std::string& path,
                                 const Connection& connection) {
  const absl::StatusOr<int64_t> id =
      connection.QueryInt("PRAGMA application_id");
  if (absl::IsDataLoss(id.status())) {
    return Refused(path,
                   "is not an SQLite database; use another file, or restore "
                   "this one from a backup");
  }
  RETURN_IF_ERROR(id.status());
  ASSIGN_OR_RETURN(const int64_t version,
                   connection.QueryInt("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int64_t entries,
                   connection.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (*id == 0 && version == 0 && entries == 0) {
    return 0;
  }
  if (*id != kApplicationId) {
    return Refused(path,
                   "is the database of another program; use another file");
  }
  if (version > kSchemaVersion) {
    return Refused(
        path, absl::StrCat("has schema version ", version,
                           ", newer than this program's ", kSchemaVersion,
                           "; use the apogeed that wrote it, or a later one"));
  }
  return version;
}

absl::Status Migrate(const Connection& connection, int version) {
  return connection.Run(
      absl::StrCat("BEGIN IMMEDIATE;\n", kMigrations[version - 1],
                   ";\nPRAGMA application_id = ", kApplicationId,
                   ";\nPRAGMA user_version = ", version, ";\nCOMMIT;"));
}

}  // namespace

absl::Status PrepareSchema(const std::string& path,
                           const Connection& connection) {
  ASSIGN_OR_RETURN(const int64_t version, Identify(path, connection));
  ASSIGN_OR_RETURN(const std::string mode,
                   connection.QueryText("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return Refused(path,
                   "cannot be put into WAL mode; use a file on a local disk");
  }
  for (int next = static_cast<int>(version) + 1; next <= kSchemaVersion;
       ++next) {
    RETURN_IF_ERROR(Migrate(connection, next));
  }
  return absl::OkStatus();
}

}  // namespace apogee
