#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace apogee {

// Work on a file that a server has open and goes on writing: on connections of
// its own, which only read. `file` has one name only (see FileLock).

// As Datastore::Backup. Writes `copy`.partial first; one that is there is what
// an earlier backup has left behind, and goes.
absl::Status BackUpFile(const std::string& file, const std::string& copy);

// As Datastore::Check.
absl::StatusOr<std::vector<std::string>> CheckFile(const std::string& file);

}  // namespace apogee
