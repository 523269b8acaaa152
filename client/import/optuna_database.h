#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/import/import_sink.h"
#include "storage/sqlite/connection.h"

namespace apogee {

// Whether the file has the tables of Optuna's RDB storage.
absl::StatusOr<bool> IsOptunaDatabase(const Connection& file);

// The studies of such a file and their trials, in the words of Vizier;
// client/README.md says how they translate.
// INVALID_ARGUMENT  the file is damaged or of an old schema, or a row is not
//                   what Optuna writes
// any other         the sink's own error
absl::Status ReadOptunaDatabase(const Connection& file, ImportSink& sink);

}  // namespace apogee
