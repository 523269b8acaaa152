#pragma once

#include <time.h>

namespace apogee {

// Adds the processor time of this thread, from its making to its end.
class Stopwatch {
 public:
  explicit Stopwatch(double* seconds) : seconds_(seconds), begin_(Now()) {}
  ~Stopwatch() { *seconds_ += Now() - begin_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  static double Now() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) +
           1e-9 * static_cast<double>(now.tv_nsec);
  }

  double* const seconds_;
  const double begin_;
};

}  // namespace apogee
