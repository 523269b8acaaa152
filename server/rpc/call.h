#pragma once

#include <chrono>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/method.h"

namespace apogee {

// One call under way: counted, timed and, when the log shows debug, given a
// request id and a line in the log.
//
// Lives in the memory of gRPC's own call, so there is nothing to free.
class RpcCall {
 public:
  // The method outlives the call; the context and the request live until
  // Finish anyway.
  static RpcCall* Start(const RpcMethod* method,
                        grpc::CallbackServerContext* context,
                        const google::protobuf::Message* request);

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Sends the answer, of that many bytes. Exactly once; the call may be gone
  // when it returns.
  void Finish(const grpc::Status& status, size_t response_bytes);

 private:
  RpcCall(const RpcMethod* method, grpc::CallbackServerContext* context,
          const google::protobuf::Message* request);
  void TakeRequestId();
  void Log(const grpc::Status& status, double seconds,
           size_t response_bytes) const;

  const RpcMethod* const method_;
  grpc::CallbackServerContext* const context_;
  const google::protobuf::Message* const request_;
  grpc::ServerUnaryReactor* const reactor_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
  // Empty when the call is not logged. In the client's metadata or in the
  // call's memory.
  absl::string_view request_id_;
};

}  // namespace apogee
