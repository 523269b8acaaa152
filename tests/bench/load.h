#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_unary_call.h"
#include "tests/bench/process.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

using Stub = vizier::VizierService::Stub;

// Calls to a server over a connection of its own, all from one thread: nothing
// happens but inside Run... A call that fails ends the benchmark.
class Caller {
 public:
  template <typename Request, typename Response>
  using Method = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (
      Stub::*)(grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  explicit Caller(const std::string& address);
  // Waits for the calls under way.
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // Begins a call. `then(response, latency)` runs inside Run... and may begin
  // others.
  template <typename Request, typename Response, typename Then>
  void Start(Method<Request, Response> method, const Request& request,
             Then then);

  // A call by itself; no other may be under way.
  template <typename Request, typename Response>
  Response Call(Method<Request, Response> method, const Request& request);

  // Waits for one answer. At least one call must be under way.
  void RunOne();
  void RunUntilIdle();
  bool idle() const { return under_way_ == 0; }

 private:
  struct Pending {
    virtual ~Pending() = default;
    virtual void Finish() = 0;
  };
  template <typename Response, typename Then>
  struct PendingCall;

  std::unique_ptr<Stub> stub_;
  grpc::CompletionQueue queue_;
  int64_t under_way_ = 0;
};

// What a server did while workers kept it busy. A unit is what the step says:
// a call, a round of two.
struct Load {
  int64_t units = 0;
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double server_cpu_us = 0;  // per unit
  double client_cpu_us = 0;
};

struct Window {
  absl::Duration warm_up;
  absl::Duration length;
};

// Begins the next unit of a worker; `done(latency)` ends it. A step that has
// nothing left to do never calls `done`.
using Done = std::function<void(absl::Duration)>;
using Step = std::function<void(int worker, Done done)>;

// `workers` workers, each beginning a unit when its last one has ended: in the
// warm-up, then in the window, which is what counts. Returns when the last unit
// has ended.
Load Measure(Caller& caller, const Process& server, int workers,
             const Window& window, const Step& step);

template <typename Response, typename Then>
struct Caller::PendingCall final : Caller::Pending {
  explicit PendingCall(Then t) : then(std::move(t)) {}

  void Finish() override {
    if (!status.ok()) {
      Die(absl::StrCat("a call that returns ", Response::descriptor()->name(),
                       " failed: ", status.error_message()));
    }
    then(response, absl::FromChrono(std::chrono::steady_clock::now() - start));
  }

  Then then;
  grpc::ClientContext context;
  Response response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  std::chrono::steady_clock::time_point start;
};

template <typename Request, typename Response, typename Then>
void Caller::Start(Method<Request, Response> method, const Request& request,
                   Then then) {
  auto* call = new PendingCall<Response, Then>(std::move(then));
  call->start = std::chrono::steady_clock::now();
  call->context.set_wait_for_ready(true);
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::minutes(2));
  call->reader = (stub_.get()->*method)(&call->context, request, &queue_);
  ++under_way_;
  call->reader->Finish(&call->response, &call->status,
                       static_cast<Pending*>(call));
}

template <typename Request, typename Response>
Response Caller::Call(Method<Request, Response> method,
                      const Request& request) {
  Response answer;
  Start(method, request, [&answer](Response& response, absl::Duration) {
    answer = std::move(response);
  });
  RunUntilIdle();
  return answer;
}

}  // namespace apogee
