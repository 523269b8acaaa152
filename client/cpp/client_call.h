#pragma once

#include <algorithm>
#include <chrono>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "client/cpp/client.h"

namespace apogee {

// The way that all calls of Client take; for its own files.

// Between two attempts, or two looks at an operation.
inline constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
inline constexpr absl::Duration kLongestDelay = absl::Seconds(2);

inline std::chrono::system_clock::time_point CallEnd(absl::Duration timeout) {
  return absl::ToChronoTime(absl::Now() + timeout);
}

inline absl::Status CallStopped() {
  return absl::CancelledError("interrupted");
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Client::Call(
    absl::string_view method, Stub& stub,
    grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
    const Request& request) const {
  const bool idempotent = IsIdempotent(method);
  if (!idempotent) RETURN_IF_ERROR(WaitUntilConnected());
  const absl::Time end = absl::Now() + policy_.patience;
  absl::Duration delay = kFirstDelay;
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(CallEnd(policy_.timeout));
    const std::stop_callback cancel(policy_.stop,
                                    [&context] { context.TryCancel(); });
    Response response;
    const grpc::Status status = (stub.*rpc)(&context, request, &response);
    if (status.ok()) return response;
    if (policy_.stop.stop_requested()) return CallStopped();
    if (!idempotent || status.error_code() != grpc::StatusCode::UNAVAILABLE ||
        absl::Now() + delay > end) {
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
    }
    if (!SleepUnlessStopped(delay, policy_.stop)) return CallStopped();
    delay = std::min(2 * delay, kLongestDelay);
  }
}

}  // namespace apogee
