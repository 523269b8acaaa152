#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "tests/testing/apogeed_process.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

// How much more time and memory a server takes that was built with sanitizers.
inline constexpr int kSlowness = APOGEE_SLOWNESS;

std::unique_ptr<vizier::VizierService::Stub> Connect(
    const std::string& address);

// owners/o/studies/{study}: one parameter x in [0, 1], one metric y.
vizier::CreateStudyRequest PlainStudy(absl::string_view study);

// A well-behaved client that suggests and completes trials of its own study as
// fast as it is answered, on a thread of its own, until it is destroyed. It
// repeats a call whose connection was lost; any other error fails the test.
class Bystander {
 public:
  explicit Bystander(const ApogeedProcess& server);
  ~Bystander();
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;

  // How it was served since the last report.
  struct Report {
    int rounds = 0;
    absl::Duration median;
    absl::Duration p99;
    absl::Duration longest;
  };
  // At least `rounds` of them.
  Report Observe(int rounds);

 private:
  void Work(std::unique_ptr<vizier::VizierService::Stub> stub);

  std::atomic<bool> stop_ = false;
  Mutex mutex_;
  CondVar changed_;
  std::vector<absl::Duration> rounds_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// What the server takes of memory now.
int64_t ResidentMiB(const ApogeedProcess& server);

}  // namespace apogee
