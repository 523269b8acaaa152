#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/datastore.h"

namespace apogee {

// Opens the store that `address` names:
//   memory:      lives as long as the process
//   sqlite:FILE  an SQLite file, created if need be
//   sqlite:FILE?synchronous=normal
//                survives a crash of the process but may lose the last commits
//                when the machine loses power (default: full, which does not)
// INVALID_ARGUMENT     no such kind of store; the error lists the kinds
// FAILED_PRECONDITION  another server has the file open, or the file is not
//                      Apogee's, or its schema is newer than this program, or
//                      it cannot be opened or created
// DATA_LOSS            the file is damaged
absl::StatusOr<std::unique_ptr<Datastore>> OpenDatastore(
    absl::string_view address, StoreOptions options = {});

// Reads a store that a server has open, from another process.
// UNIMPLEMENTED        the store is not in a file
// FAILED_PRECONDITION  there is no such file, or its schema is not this
//                      program's
absl::StatusOr<std::unique_ptr<StudyReader>> OpenStudyReader(
    absl::string_view address);

}  // namespace apogee
