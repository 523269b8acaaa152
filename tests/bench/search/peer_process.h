#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace apogee {

// A program that reads lines and writes lines. Its errors go to ours; it is
// expected to end when its input does. Not thread-safe.
class PeerProcess {
 public:
  // Starts `words`, whose first is the program.
  explicit PeerProcess(std::vector<std::string> words);
  // Ends its input, and waits until it has ended.
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // UNAVAILABLE  it has ended
  absl::Status Write(absl::string_view line);
  absl::StatusOr<std::string> Read();

 private:
  absl::Status EndedError() const;

  const std::string program_;
  pid_t pid_ = -1;
  int socket_ = -1;
  std::string buffer_;
};

// Runs a program to its end, its output going to our errors; its exit code.
int RunToEnd(std::vector<std::string> words);

}  // namespace apogee
