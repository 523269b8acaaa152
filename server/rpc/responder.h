#pragma once

#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/status.h"

namespace apogee {

// The duty to finish one call exactly once: by being called with the answer or,
// should that be forgotten, by its destructor with INTERNAL. (A call that is
// never finished would keep the server from stopping.)
template <typename Response>
class Responder {
 public:
  Responder(grpc::ServerUnaryReactor* reactor, Response* response)
      : reactor_(reactor), response_(response) {}
  Responder(Responder&& other) noexcept
      : reactor_(std::exchange(other.reactor_, nullptr)),
        response_(other.response_) {}
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (reactor_ != nullptr) {
      reactor_->Finish({grpc::StatusCode::INTERNAL,
                        "the server dropped the call; this is a bug"});
    }
  }

  void operator()(absl::StatusOr<Response> result) {
    grpc::ServerUnaryReactor* reactor = std::exchange(reactor_, nullptr);
    if (!result.ok()) return reactor->Finish(ToGrpc(result.status()));
    // gRPC aborts the process over a message that protobuf can not serialize.
    if (result->ByteSizeLong() > std::numeric_limits<int>::max()) {
      return reactor->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                              "the answer is larger than 2 GiB; ask for pages "
                              "(page_size)"});
    }
    *response_ = *std::move(result);
    reactor->Finish(grpc::Status::OK);
  }

 private:
  grpc::ServerUnaryReactor* reactor_;
  Response* response_;
};

}  // namespace apogee
