#include "base/thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace apogee {
namespace {

// The kernel's struct sched_attr, first version; its own header does not go
// together with pthread.h.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // nanoseconds
  uint64_t deadline = 0;
  uint64_t period = 0;
};

}  // namespace

void NameThisThread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

void WorkInTheBackground() {
  // On Linux the niceness is the thread's own.
  (void)setpriority(PRIO_PROCESS, 0, 19);
}

void AskForShortTurns() {
  constexpr uint64_t kTurnNanoseconds = 100'000;
  SchedulingAttributes attributes;
  // Since Linux 6.12 the runtime of an ordinary thread is its time slice.
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) == 0) {
    attributes.runtime = kTurnNanoseconds;
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
  }
}

}  // namespace apogee
