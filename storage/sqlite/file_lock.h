#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace apogee {

// Keeps a second server away from a file, by a lock on FILE.lock, which stays
// behind. The file itself is not touched: closing a descriptor of it would drop
// the locks that SQLite holds in this process.
class FileLock {
 public:
  // FAILED_PRECONDITION  another has the lock, or FILE.lock cannot be made
  static absl::StatusOr<FileLock> Acquire(const std::string& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;  // -1 when moved from
};

}  // namespace apogee
