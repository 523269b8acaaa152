#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/import/import_sink.h"
#include "storage/sqlite/connection.h"

namespace apogee {

// Whether the file has the tables of OSS Vizier's SQL data store.
absl::StatusOr<bool> IsVizierDatabase(const Connection& file);

// The studies of such a file and their trials, as they are; not their
// operations.
// INVALID_ARGUMENT  the file is damaged, or a row is not what Vizier writes
// any other         the sink's own error
absl::Status ReadVizierDatabase(const Connection& file, ImportSink& sink);

}  // namespace apogee
