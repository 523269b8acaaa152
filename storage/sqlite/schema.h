#pragma once

#include <string>

#include "absl/status/status.h"
#include "storage/sqlite/connection.h"

namespace apogee {

// Refuses a file that is not ours, without having changed it; puts it into WAL
// mode and brings its tables to kSchemaVersion, each migration in a transaction
// of its own.
// FAILED_PRECONDITION  no database, another program's, or of a newer schema
// DATA_LOSS            the file is damaged
absl::Status PrepareSchema(const std::string& path,
                           const Connection& connection);

}  // namespace apogee
