#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace apogee {

// Says on stderr why the benchmark can not go on, and ends it.
[[noreturn]] void Die(absl::string_view why);

// Runs `work` with a new folder inside `parent`, in a child process. However
// that ends, by itself, by a crash or by SIGINT or SIGTERM to this process, the
// processes it has started are killed and the folder is removed. Returns the
// exit code: what `work` returns, or 128 and the signal.
int RunSupervised(const std::string& parent,
                  absl::FunctionRef<int(const std::string& directory)> work);

// A child process. Its methods end the benchmark when they can not do what they
// say.
class Process {
 public:
  // Starts `words`, whose first is the path of the program.
  explicit Process(std::vector<std::string> words);
  // Kills it if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  // SIGTERM; returns when it has ended, with its exit code.
  int Stop();
  // Returns when it has ended by itself.
  int Wait();

  // User and system time so far, of all its threads.
  absl::Duration CpuTime() const;
  // What it holds in memory now.
  double ResidentMib() const;

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// A gRPC server program that takes --listen and --port-file, on a free port of
// 127.0.0.1.
class ServerProcess {
 public:
  // `words`: the program and its other flags. Returns when it listens. The port
  // file goes into `directory`.
  ServerProcess(std::vector<std::string> words, const std::string& directory);

  const std::string& address() const { return address_; }
  Process& process() { return process_; }
  const Process& process() const { return process_; }

 private:
  const std::string port_file_;
  Process process_;
  std::string address_;
};

}  // namespace apogee
