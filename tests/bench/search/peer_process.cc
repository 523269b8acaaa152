#include "tests/bench/search/peer_process.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"

namespace apogee {
namespace {

// Input and output of the program are `in` and `out`.
pid_t Start(std::vector<std::string> words, int in, int out) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  APOGEE_CHECK(pid >= 0);
  if (pid == 0) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

int Wait(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

PeerProcess::PeerProcess(std::vector<std::string> words)
    : program_(absl::StrJoin(words, " ")) {
  // Other programs that are started must not hold these open.
  int ends[2] = {-1, -1};
  APOGEE_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  socket_ = ends[0];
  pid_ = Start(std::move(words), ends[1], ends[1]);
  close(ends[1]);
}

PeerProcess::~PeerProcess() {
  close(socket_);
  Wait(pid_);
}

absl::Status PeerProcess::Write(absl::string_view line) {
  const std::string text = absl::StrCat(line, "\n");
  for (absl::string_view rest = text; !rest.empty();) {
    const ssize_t sent = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return EndedError();
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PeerProcess::Read() {
  size_t end = buffer_.find('\n');
  while (end == std::string::npos) {
    char bytes[4096];
    const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) return EndedError();
    const size_t seen = buffer_.size();
    buffer_.append(bytes, static_cast<size_t>(count));
    end = buffer_.find('\n', seen);
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

absl::Status PeerProcess::EndedError() const {
  return absl::UnavailableError(
      absl::StrCat("\"", program_, "\" has ended too early"));
}

int RunToEnd(std::vector<std::string> words) {
  return Wait(Start(std::move(words), STDIN_FILENO, STDERR_FILENO));
}

}  // namespace apogee
