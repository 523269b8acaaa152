#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace apogee {

// The same code and message; payloads become google.rpc.Status details.
grpc::Status ToGrpc(const absl::Status& status);

// The same code and message; bytes that are not UTF-8 are escaped.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace apogee
