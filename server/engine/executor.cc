#include "server/engine/executor.h"

#include <utility>

#include "base/thread.h"

namespace apogee {

Executor::Executor(Options options) : options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

Executor::~Executor() { Stop(); }

void Executor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Executor::Run(Task task) {
  MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  wake_.NotifyOne();
}

int64_t Executor::queued() const {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(tasks_.size());
}

void Executor::Work() {
  NameThisThread(options_.name);
  if (options_.background) WorkInTheBackground();
  mutex_.Lock();
  while (true) {
    while (tasks_.empty() && !(stopping_ && busy_ == 0)) wake_.Wait(mutex_);
    if (tasks_.empty()) break;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    ++busy_;
    mutex_.Unlock();
    std::move(task)();
    task = nullptr;
    mutex_.Lock();
    --busy_;
    if (stopping_ && busy_ == 0) wake_.NotifyAll();
  }
  mutex_.Unlock();
}

}  // namespace apogee
