#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace apogee {

// The same code and message; payloads become google.rpc.Status details. Errors
// travel in headers, so a long message is cut, and long details are left out.
grpc::Status ToGrpc(const absl::Status& status);

// The same code and message; bytes that are not UTF-8 are escaped.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace apogee
