#pragma once

#include <sys/types.h>

#include "absl/status/statusor.h"

namespace apogee {

// Kills the process groups in its care when this process dies, however that
// happens: a small process of its own waits for the end of a pipe.
//
// Thread-safe.
class Guard {
 public:
  // Must come before the process has other threads.
  static absl::StatusOr<Guard> Start();

  Guard(Guard&& other) noexcept;
  Guard& operator=(Guard&&) = delete;
  ~Guard();

  // Takes the process group into its care, or out of it.
  void Watch(pid_t group);
  void Forget(pid_t group);

 private:
  Guard(int pipe, pid_t pid) : pipe_(pipe), pid_(pid) {}

  int pipe_;
  pid_t pid_;
};

}  // namespace apogee
