#include "tests/testing/apogeed_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

extern char** environ;

namespace apogee {

ApogeedProcess::ApogeedProcess(std::vector<std::string> flags, Options options)
    : flags_(std::move(flags)), options_(std::move(options)) {
  Start();
}

ApogeedProcess::~ApogeedProcess() {
  if (pid_ > 0) Kill();
}

void ApogeedProcess::Start() {
  const std::string port_file = absl::StrCat(directory_.path(), "/port");
  std::filesystem::remove(port_file);
  const std::string program =
      options_.program.empty() ? APOGEED_PATH : options_.program;
  std::vector<std::string> words = {program, "--listen", address_,
                                    "--port-file", port_file};
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (!options_.log_file.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
                                     options_.log_file.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
  }
  ASSERT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(),
                        environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  const auto give_up =
      std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!std::filesystem::exists(port_file)) {
    ASSERT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << "apogeed did not start";
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::ifstream(port_file) >> address_;
}

void ApogeedProcess::Kill() {
  kill(pid_, SIGKILL);
  Wait();
}

int ApogeedProcess::Stop() {
  kill(pid_, SIGTERM);
  return Wait();
}

int ApogeedProcess::Wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace apogee
