#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "proto/encoded.h"
#include "proto/scratch.h"
#include "server/rpc/method.h"

namespace apogee {

// One call under way: its request; its answer, sent exactly once; counted,
// timed and, when the log shows debug, given a request id and a line in the
// log.
class RpcCall {
 public:
  // The method outlives the call; gRPC's three live until the answer is sent.
  RpcCall(const RpcMethod* method, grpc::CallbackServerContext* context,
          const grpc::ByteBuffer* request, grpc::ByteBuffer* response);
  RpcCall(const RpcCall&) = delete;
  RpcCall& operator=(const RpcCall&) = delete;
  // Answers INTERNAL if nobody has sent an answer: a call that is never
  // finished would keep the server from stopping.
  ~RpcCall();

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Reads the request, which lives as long as the call.
  // INVALID_ARGUMENT  it is no message of that type
  template <typename Request>
  absl::StatusOr<const Request*> Read() {
    Request& request = scratch_.New<Request>();
    if (absl::Status read = ReadInto(request); !read.ok()) return read;
    return &request;
  }

  // Each sends the answer.
  void Answer(const absl::Status& error);
  void Answer(const google::protobuf::Message& message);
  template <typename T>
  void Answer(Encoded<T> message) {
    AnswerBytes(std::move(message.bytes));
  }
  template <typename T>
  void Answer(absl::StatusOr<T> result) {
    if (result.ok()) {
      Answer(*std::move(result));
    } else {
      Answer(result.status());
    }
  }

 private:
  absl::Status ReadInto(google::protobuf::Message& request);
  void TakeRequestId();
  void AnswerBytes(std::string bytes);
  // False, with the call answered, when gRPC can not send so much.
  bool CanSend(size_t bytes);
  void Finish(const grpc::Status& status);
  void Log(const grpc::Status& status, double seconds) const;

  const RpcMethod* const method_;
  grpc::CallbackServerContext* const context_;
  const grpc::ByteBuffer* const request_bytes_;
  grpc::ByteBuffer* const response_;
  grpc::ServerUnaryReactor* const reactor_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
  bool finished_ = false;
  // Null until it is read.
  const google::protobuf::Message* request_ = nullptr;
  std::string request_id_;  // empty when the call is not logged
  Scratch scratch_;
};

}  // namespace apogee
