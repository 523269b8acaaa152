#pragma once

#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "server/rpc/call.h"
#include "server/rpc/status.h"

namespace apogee {

// The duty to finish one call exactly once: by being called with the answer or,
// should that be forgotten, by its destructor with INTERNAL. (A call that is
// never finished would keep the server from stopping.)
template <typename Response>
class Responder {
 public:
  Responder(RpcCall* call, Response* response)
      : call_(call), response_(response) {}
  Responder(Responder&& other) noexcept
      : call_(std::exchange(other.call_, nullptr)),
        response_(other.response_) {}
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (call_ != nullptr) {
      call_->Finish({grpc::StatusCode::INTERNAL,
                     "the server dropped the call; this is a bug"},
                    0);
    }
  }

  void operator()(absl::StatusOr<Response> result) {
    RpcCall* call = std::exchange(call_, nullptr);
    if (!result.ok()) return call->Finish(ToGrpc(result.status()), 0);
    const size_t bytes = result->ByteSizeLong();
    // gRPC aborts the process over a message that protobuf can not serialize.
    if (bytes > std::numeric_limits<int>::max()) {
      return call->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                           "the answer is larger than 2 GiB; ask for pages "
                           "(page_size)"},
                          0);
    }
    *response_ = *std::move(result);
    call->Finish(grpc::Status::OK, bytes);
  }

 private:
  RpcCall* call_;
  Response* response_;
};

}  // namespace apogee
