#include "server/engine/timer.h"

#include <pthread.h>

#include <utility>

namespace apogee {

Timer::Timer() : thread_([this] { Work(); }) {}

Timer::~Timer() { Stop(); }

void Timer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Timer::RunAfter(absl::Duration delay, Task task) {
  const SteadyTime when =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay);
  MutexLock lock(mutex_);
  tasks_.emplace(when, std::move(task));
  wake_.NotifyAll();
}

void Timer::Work() {
  pthread_setname_np(pthread_self(), "timer");
  mutex_.Lock();
  while (!stopping_) {
    if (tasks_.empty()) {
      wake_.Wait(mutex_);
      continue;
    }
    const auto first = tasks_.begin();
    if (first->first > std::chrono::steady_clock::now()) {
      wake_.WaitUntil(mutex_, SteadyTime(first->first));
      continue;
    }
    Task task = std::move(first->second);
    tasks_.erase(first);
    mutex_.Unlock();
    std::move(task)();
    mutex_.Lock();
  }
  mutex_.Unlock();
}

}  // namespace apogee
