#pragma once

#include <string>

#include "absl/time/time.h"

namespace apogee {

// Spares its owner the wait for an endpoint that has been dead for a while. Not
// thread-safe.
class Breaker {
 public:
  // Whether to call `endpoint` now. A new endpoint starts afresh.
  bool Allows(const std::string& endpoint, absl::Time now) {
    if (endpoint != endpoint_) {
      endpoint_ = endpoint;
      failures_ = 0;
      closed_until_ = absl::InfinitePast();
    }
    if (now < closed_until_) return false;
    // One call goes to see; the next waits for what it finds.
    if (failures_ >= kFailures) closed_until_ = now + kPause;
    return true;
  }

  // Whether Allows would say no.
  bool IsClosed(absl::Time now) const { return now < closed_until_; }

  // The endpoint answered, be it with an error of its own.
  void Succeeded() {
    failures_ = 0;
    closed_until_ = absl::InfinitePast();
  }

  // After kFailures in a row one call is allowed every kPause.
  void Failed(absl::Time now) {
    if (++failures_ >= kFailures) closed_until_ = now + kPause;
  }

  static constexpr int kFailures = 3;
  static constexpr absl::Duration kPause = absl::Seconds(10);

 private:
  std::string endpoint_;
  int failures_ = 0;
  absl::Time closed_until_ = absl::InfinitePast();
};

}  // namespace apogee
