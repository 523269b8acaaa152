#pragma once

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "vizier/pythia_service.pb.h"

namespace apogee {

// Algorithms in other processes, reached by the Pythia protocol. Thread-safe;
// calls return at once and `done` runs exactly once, on any thread.
class RemotePolicy {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  virtual ~RemotePolicy() = default;

  // UNAVAILABLE        nobody answers at `endpoint`
  // DEADLINE_EXCEEDED  the policy took too long
  // any other code     the policy's own error
  virtual void Suggest(const std::string& endpoint,
                       const vizier::SuggestRequest& request,
                       Done<vizier::SuggestDecision> done) = 0;
  virtual void EarlyStop(const std::string& endpoint,
                         const vizier::EarlyStopRequest& request,
                         Done<vizier::EarlyStopDecisions> done) = 0;
};

}  // namespace apogee
