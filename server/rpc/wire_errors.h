#pragma once

#include <memory>

#include "grpcpp/support/server_interceptor.h"

namespace apogee {

// Gives words to the errors that gRPC answers with before any handler runs, and
// which come without any:
//   UNIMPLEMENTED     the server has no such method
//   INVALID_ARGUMENT  the bytes of the request are not a message of its type
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeWireErrors();

}  // namespace apogee
