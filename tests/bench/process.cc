#include "tests/bench/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

constexpr auto kStartPatience = std::chrono::minutes(2);

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

// The child's part of starting a program: nothing here may allocate.
[[noreturn]] void Become(char** argv, const sigset_t& no_signals) {
  // Whatever becomes of the benchmark, its servers do not outlive it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigprocmask(SIG_SETMASK, &no_signals, nullptr);
  execv(argv[0], argv);
  _exit(127);
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string FreshPortFile(const std::string& directory) {
  static int number = 0;
  return absl::StrCat(directory, "/port", number++);
}

std::vector<std::string> WithListen(std::vector<std::string> words,
                                    const std::string& port_file) {
  words.insert(words.end(),
               {"--listen", "127.0.0.1:0", "--port-file", port_file});
  return words;
}

}  // namespace

void Die(absl::string_view why) {
  fflush(stdout);
  fprintf(stderr, "bench_service: %s\n", std::string(why).c_str());
  // No destructors: calls may be under way. The supervisor cleans up.
  _exit(1);
}

int RunSupervised(const std::string& parent,
                  absl::FunctionRef<int(const std::string& directory)> work) {
  std::string directory = absl::StrCat(parent, "/bench_XXXXXX");
  if (mkdtemp(directory.data()) == nullptr) {
    Die(absl::StrCat("can not make a folder in ", parent, ": ", strerror(errno),
                     "; choose another with --dir"));
  }
  const sigset_t signals = StopSignals();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t worker = fork();
  if (worker < 0) Die("can not fork");
  if (worker == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    const int code = work(directory);
    fflush(stdout);
    _exit(code);
  }
  setpgid(worker, worker);
  int status = 0;
  int code = -1;
  while (code < 0) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGCHLD) {
      code = 128 + signal;
    } else if (waitpid(worker, &status, WNOHANG) == worker) {
      code = ExitCode(status);
    }
  }
  kill(-worker, SIGKILL);
  waitpid(worker, &status, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  return code;
}

Process::Process(std::vector<std::string> words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  fflush(stdout);
  pid_ = fork();
  if (pid_ < 0) Die("can not fork");
  if (pid_ == 0) Become(argv.data(), no_signals);
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Wait();
}

bool Process::running() {
  int status = 0;
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    exit_code_ = ExitCode(status);
  }
  return pid_ > 0;
}

int Process::Stop() {
  if (pid_ > 0) kill(pid_, SIGTERM);
  return Wait();
}

int Process::Wait() {
  int status = 0;
  if (pid_ > 0) {
    waitpid(pid_, &status, 0);
    exit_code_ = ExitCode(status);
  }
  pid_ = -1;
  return exit_code_;
}

absl::Duration Process::CpuTime() const {
  clockid_t clock = 0;
  timespec time = {};
  if (clock_getcpuclockid(pid_, &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    Die(absl::StrCat("process ", pid_, " has ended too early"));
  }
  return absl::DurationFromTimespec(time);
}

double Process::ResidentMib() const {
  std::ifstream status(absl::StrCat("/proc/", pid_, "/status"));
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib / 1024;
  }
  Die(absl::StrCat("process ", pid_, " has ended too early"));
}

ServerProcess::ServerProcess(std::vector<std::string> words,
                             const std::string& directory)
    : port_file_(FreshPortFile(directory)),
      process_(WithListen(words, port_file_)) {
  const auto give_up = std::chrono::steady_clock::now() + kStartPatience;
  while (!std::filesystem::exists(port_file_)) {
    if (!process_.running() || std::chrono::steady_clock::now() > give_up) {
      Die(absl::StrCat(words[0], " did not start"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::ifstream(port_file_) >> address_;
}

}  // namespace apogee
