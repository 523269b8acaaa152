#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/datastore.h"

namespace apogee {

enum class Synchronous {
  kFull,    // a commit that is done survives a loss of power
  kNormal,  // survives a crash of the process; power loss may take the last
            // ones
};

struct SqliteOptions {
  std::string path;
  Synchronous synchronous = Synchronous::kFull;
};

// Studies in an SQLite file on a local disk, which is created if need be.
// FAILED_PRECONDITION  as OpenDatastore
// DATA_LOSS            the file is damaged
absl::StatusOr<std::unique_ptr<Datastore>> OpenSqliteDatastore(
    const SqliteOptions& sqlite, StoreOptions options = {});

// Reads such a file while another process may write it.
// FAILED_PRECONDITION  as OpenStudyReader
absl::StatusOr<std::unique_ptr<StudyReader>> OpenSqliteReader(
    const std::string& path);

}  // namespace apogee
