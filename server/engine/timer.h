#pragma once

#include <chrono>
#include <map>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace apogee {

// Runs short tasks after a while, on a thread of its own.
// Thread-safe.
class Timer {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  Timer();
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void RunAfter(absl::Duration delay, Task task);

  // Drops the tasks whose time has not come, and all later ones. The destructor
  // does the same.
  void Stop();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  void Work();

  Mutex mutex_;
  CondVar wake_;
  std::multimap<SteadyTime, Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace apogee
