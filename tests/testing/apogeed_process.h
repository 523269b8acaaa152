#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tests/testing/temp_dir.h"

namespace apogee {

// A real apogeed, as a child process, on a free port of 127.0.0.1 that it keeps
// over restarts. A failure to start fails the test.
class ApogeedProcess {
 public:
  struct Options {
    std::string program;   // another that takes the same flags
    std::string log_file;  // to append the log to, instead of the test's own
  };

  // `flags` besides --listen and --port-file.
  explicit ApogeedProcess(std::vector<std::string> flags, Options options = {});
  // Kills it if it still runs.
  ~ApogeedProcess();
  ApogeedProcess(const ApogeedProcess&) = delete;
  ApogeedProcess& operator=(const ApogeedProcess&) = delete;

  // "127.0.0.1:port"
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

  // Starts it again after Kill or Stop. Returns when it listens.
  void Start();
  // kill -9; returns when the process is gone.
  void Kill();
  // SIGTERM; returns the exit code.
  int Stop();

 private:
  int Wait();

  const std::vector<std::string> flags_;
  const Options options_;
  TempDir directory_;
  std::string address_ = "127.0.0.1:0";
  pid_t pid_ = -1;
};

}  // namespace apogee
