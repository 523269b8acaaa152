#pragma once

namespace apogee {

// Sends what gRPC logs to spdlog. What gRPC calls an error is the trouble of
// one connection and becomes a warning; the rest, which GRPC_VERBOSITY turns
// on, is debug; so is what protobuf says of requests. Call it before gRPC is
// used.
void LogGrpc();

}  // namespace apogee
