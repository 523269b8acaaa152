#include "client/cli/tune/guard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// Reads groups (negative: to be forgotten) until all writers are gone.
[[noreturn]] void Watchman(int pipe) {
  setsid();  // a Ctrl-C at the terminal is not for it
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  std::set<pid_t> groups;
  pid_t group = 0;
  while (true) {
    const ssize_t size = read(pipe, &group, sizeof(group));
    if (size < 0 && errno == EINTR) continue;
    if (size != sizeof(group)) break;
    if (group > 0) {
      groups.insert(group);
    } else {
      groups.erase(-group);
    }
  }
  for (const pid_t orphan : groups) kill(-orphan, SIGKILL);
  _exit(0);
}

void Send(int pipe, pid_t group) {
  // So few bytes are written whole or not at all.
  while (write(pipe, &group, sizeof(group)) < 0 && errno == EINTR) {
  }
}

}  // namespace

absl::StatusOr<Guard> Guard::Start() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("pipe: ", std::strerror(errno)));
  }
  const pid_t pid = fork();
  if (pid < 0) {
    return absl::InternalError(absl::StrCat("fork: ", std::strerror(errno)));
  }
  if (pid == 0) {
    close(ends[1]);
    // Whoever reads our output must not wait for this process.
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      dup2(null, fd);
    }
    Watchman(ends[0]);
  }
  close(ends[0]);
  return Guard(ends[1], pid);
}

Guard::Guard(Guard&& other) noexcept : pipe_(other.pipe_), pid_(other.pid_) {
  other.pipe_ = -1;
}

Guard::~Guard() {
  if (pipe_ < 0) return;
  close(pipe_);
  waitpid(pid_, nullptr, 0);
}

void Guard::Watch(pid_t group) { Send(pipe_, group); }

void Guard::Forget(pid_t group) { Send(pipe_, -group); }

}  // namespace apogee
