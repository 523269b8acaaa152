#include "client/cli/tune/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "proto/print.h"

extern char** environ;  // NOLINT: its name is given

namespace apogee {
namespace {

struct PipeEnds {
  int read = -1;
  int write = -1;
};

absl::StatusOr<PipeEnds> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("pipe: ", std::strerror(errno)));
  }
  return PipeEnds{.read = ends[0], .write = ends[1]};
}

std::vector<std::string> FullEnvironment(const Environment& added) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view text(*entry);
    const absl::string_view name = text.substr(0, text.find('='));
    // Of an outer tune, the values of other trials.
    if (absl::StartsWith(name, "APOGEE_PARAM_")) continue;
    if (std::none_of(added.begin(), added.end(),
                     [&](const auto& pair) { return pair.first == name; })) {
      entries.emplace_back(text);
    }
  }
  for (const auto& [name, value] : added) {
    entries.push_back(absl::StrCat(name, "=", value));
  }
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the new process, where only async-signal-safe calls are allowed. Never
// returns; sends errno to `report` when the program can not be run.
[[noreturn]] void BecomeProgram(const char* program, char** arguments,
                                char** environment, int out, int err,
                                int report, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(program, arguments, environment);
  const int error = errno;
  (void)!write(report, &error, sizeof(error));
  _exit(127);
}

}  // namespace

std::vector<std::string> LineSplitter::Add(absl::string_view bytes) {
  std::vector<std::string> lines;
  while (true) {
    const size_t end = bytes.find('\n');
    const absl::string_view part = bytes.substr(0, end);
    const size_t room = kLongest - std::min(kLongest, line_.size());
    absl::StrAppend(&line_, part.substr(0, room));
    if (end == absl::string_view::npos) return lines;
    if (absl::EndsWith(line_, "\r")) line_.pop_back();
    lines.push_back(std::move(line_));
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

std::vector<std::string> LineSplitter::Finish() {
  if (line_.empty()) return {};
  return {std::exchange(line_, "")};
}

absl::StatusOr<std::unique_ptr<Child>> Child::Start(
    const std::vector<std::string>& command, const Environment& environment,
    Guard* guard) {
  if (command.empty() || command[0].empty()) {
    return absl::NotFoundError("the command names no program");
  }
  ASSIGN_OR_RETURN(const std::string program, FindProgram(command[0]));
  std::vector<std::string> argument_texts = command;
  std::vector<std::string> environment_texts = FullEnvironment(environment);
  const std::vector<char*> arguments = Pointers(argument_texts);
  const std::vector<char*> variables = Pointers(environment_texts);
  ASSIGN_OR_RETURN(const PipeEnds out, MakePipe());
  ASSIGN_OR_RETURN(const PipeEnds err, MakePipe());
  ASSIGN_OR_RETURN(const PipeEnds report, MakePipe());
  const pid_t parent = getpid();
  const pid_t pid = fork();
  const int fork_error = errno;
  if (pid == 0) {
    BecomeProgram(program.c_str(), const_cast<char**>(arguments.data()),
                  const_cast<char**>(variables.data()), out.write, err.write,
                  report.write, parent);
  }
  for (const int fd : {out.write, err.write, report.write}) close(fd);
  if (pid < 0) {
    for (const int fd : {out.read, err.read, report.read}) close(fd);
    return absl::InternalError(
        absl::StrCat("fork: ", std::strerror(fork_error)));
  }
  setpgid(pid, pid);  // whoever comes first: us or the child
  guard->Watch(pid);
  std::unique_ptr<Child> child(new Child(pid, out.read, err.read, guard));
  int error = 0;
  ssize_t size = 0;
  while ((size = read(report.read, &error, sizeof(error))) < 0 &&
         errno == EINTR) {
  }
  close(report.read);
  if (size == sizeof(error)) {
    return absl::NotFoundError(absl::StrCat("can not run ", Quoted(program),
                                            ": ", std::strerror(error)));
  }
  return child;
}

Child::Child(pid_t pid, int out, int err, Guard* guard)
    : pid_(pid),
      pipes_({{Stream::kOut, out, {}}, {Stream::kErr, err, {}}}),
      guard_(guard) {
  for (const Pipe& pipe : pipes_) fcntl(pipe.fd, F_SETFL, O_NONBLOCK);
}

Child::~Child() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    guard_->Forget(pid_);
  }
  for (const Pipe& pipe : pipes_) {
    if (pipe.fd >= 0) close(pipe.fd);
  }
}

void Child::Signal(int signal) { kill(-pid_, signal); }

// Takes what is there now; closes the pipe at its end.
void Child::Drain(Pipe& pipe, std::vector<Line>& lines) {
  // A program that writes faster than we read must not keep us here.
  constexpr int kMostReads = 16;
  char buffer[64 << 10];
  const auto add = [&](std::vector<std::string> texts) {
    for (std::string& text : texts) {
      lines.push_back({pipe.stream, std::move(text)});
    }
  };
  for (int i = 0; i < kMostReads && pipe.fd >= 0; ++i) {
    const ssize_t size = read(pipe.fd, buffer, sizeof(buffer));
    if (size > 0) {
      add(pipe.splitter.Add({buffer, static_cast<size_t>(size)}));
    } else if (size == 0) {
      add(pipe.splitter.Finish());
      close(pipe.fd);
      pipe.fd = -1;
    } else if (errno != EINTR) {
      return;
    }
  }
}

std::vector<Child::Line> Child::Read(absl::Duration patience) {
  // After both pipes have ended, the program's own end is near.
  if (pipes_[0].fd < 0 && pipes_[1].fd < 0) {
    std::this_thread::sleep_for(
        absl::ToChronoMilliseconds(std::min(patience, absl::Milliseconds(5))));
    return {};
  }
  pollfd fds[2];
  for (size_t i = 0; i < 2; ++i) fds[i] = {pipes_[i].fd, POLLIN, 0};
  poll(fds, 2, static_cast<int>(absl::ToInt64Milliseconds(patience)));
  std::vector<Line> lines;
  for (Pipe& pipe : pipes_) Drain(pipe, lines);
  return lines;
}

std::optional<int> Child::Poll(std::vector<Line>& rest) {
  siginfo_t info{};
  if (waitid(P_PID, pid_, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid != pid_) {
    return std::nullopt;
  }
  // While the program is a zombie, its group's number can be nobody else's.
  Signal(SIGKILL);
  for (Pipe& pipe : pipes_) {
    Drain(pipe, rest);
    for (std::string& text : pipe.splitter.Finish()) {
      rest.push_back({pipe.stream, std::move(text)});
    }
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  guard_->Forget(pid_);
  pid_ = -1;
  return status;
}

absl::StatusOr<std::string> FindProgram(const std::string& name) {
  const auto is_program = [](const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           access(path.c_str(), X_OK) == 0;
  };
  if (absl::StrContains(name, "/")) {
    if (is_program(name)) return name;
    return absl::NotFoundError(
        absl::StrCat("there is no program ", Quoted(name),
                     access(name.c_str(), F_OK) == 0
                         ? ": the file is not executable (chmod +x)"
                         : ""));
  }
  const char* const path = std::getenv("PATH");
  for (const absl::string_view folder :
       absl::StrSplit(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    const std::string candidate =
        absl::StrCat(folder.empty() ? "." : folder, "/", name);
    if (is_program(candidate)) return candidate;
  }
  return absl::NotFoundError(
      absl::StrCat("there is no program ", Quoted(name),
                   " on the PATH; for one in this folder write ./", name));
}

std::string DescribeExit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::StrCat("killed by signal ", WTERMSIG(wait_status), " (",
                        sigdescr_np(WTERMSIG(wait_status)), ")");
  }
  if (WEXITSTATUS(wait_status) == 0) return "";
  return absl::StrCat("exit code ", WEXITSTATUS(wait_status));
}

}  // namespace apogee
