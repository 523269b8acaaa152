#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/tune/command_template.h"
#include "client/cli/tune/guard.h"

namespace apogee {

// Cuts a stream of bytes into lines. A line's bytes beyond kLongest are
// dropped, so that output which never ends a line takes no memory.
class LineSplitter {
 public:
  static constexpr size_t kLongest = 64 << 10;

  // The lines that `bytes` complete, without line ends.
  std::vector<std::string> Add(absl::string_view bytes);
  // What came after the last line end, if anything.
  std::vector<std::string> Finish();

 private:
  std::string line_;
};

// A running program in its own process group, standard input empty. The thread
// that starts it must live until it has ended: the program dies with it.
// Not thread-safe.
class Child {
 public:
  enum class Stream { kOut, kErr };
  struct Line {
    Stream stream;
    std::string text;
  };

  // `environment` is added to our own. `guard` must outlive the child.
  // NOT_FOUND  the program can not be run
  static absl::StatusOr<std::unique_ptr<Child>> Start(
      const std::vector<std::string>& command, const Environment& environment,
      Guard* guard);

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills the group if the program still runs.
  ~Child();

  // Waits up to `patience` for output, and returns the lines that have come.
  std::vector<Line> Read(absl::Duration patience);

  // To the whole group.
  void Signal(int signal);

  // The wait status, once the program has ended; then all output has been read
  // into `rest` and nothing is left of the group.
  std::optional<int> Poll(std::vector<Line>& rest);

 private:
  struct Pipe {
    Stream stream;
    int fd;
    LineSplitter splitter;
  };

  Child(pid_t pid, int out, int err, Guard* guard);
  void Drain(Pipe& pipe, std::vector<Line>& lines);

  pid_t pid_;
  std::vector<Pipe> pipes_;
  Guard* guard_;
};

// Where the shell would find the program.
// NOT_FOUND  nowhere, or it can not be executed
absl::StatusOr<std::string> FindProgram(const std::string& name);

// "exit code 3", "killed by signal 11 (Segmentation fault)"; empty for success.
std::string DescribeExit(int wait_status);

}  // namespace apogee
