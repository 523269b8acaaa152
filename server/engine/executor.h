#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "base/mutex.h"

namespace apogee {

// A fixed pool of threads that run tasks in the order they come.
// Thread-safe.
class Executor {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  struct Options {
    int threads = 1;
    // At most 15 characters; shown by debuggers and top.
    std::string name;
    // For long computations: the system serves all other threads first.
    bool background = false;
  };

  explicit Executor(Options options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void Run(Task task);

  // Tasks that no thread has begun.
  int64_t queued() const;

  // Runs what is queued, and what that queues in turn, and joins the threads.
  // Later tasks are kept but never run. The destructor does the same.
  void Stop();

 private:
  void Work();

  const Options options_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  int busy_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace apogee
