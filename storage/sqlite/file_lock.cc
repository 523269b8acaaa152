#include "storage/sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// The process that wrote itself into the lock file.
std::string Holder(int descriptor) {
  std::array<char, 32> buffer;
  const ssize_t size = pread(descriptor, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), size) : "unknown";
}

absl::Status Failed(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot lock \"", path, "\": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& file) {
  const std::string path = file + ".lock";
  FileLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ < 0) {
    return Failed(path);
  }
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return Failed(path);
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "another server has \"", file, "\" open (pid ",
        Holder(lock.descriptor_), "); stop it, or use another file"));
  }
  const std::string pid = absl::StrCat(getpid());
  if (ftruncate(lock.descriptor_, 0) != 0 ||
      pwrite(lock.descriptor_, pid.data(), pid.size(), 0) < 0) {
    return Failed(path);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

}  // namespace apogee
