#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/impl/service_type.h"
#include "proto/validate.h"
#include "server/engine/engine.h"
#include "server/rpc/call.h"
#include "server/rpc/method.h"
#include "server/training/training_service.h"

namespace apogee {

// A gRPC service with handlers added one by one. Unlike a generated one it
// reads and writes the messages itself: a request that does not parse gets a
// clear error, and an answer that exists as bytes goes out as it is.
class Service final : public grpc::Service {
 public:
  // Neither is owned. `descriptor` says what the methods are.
  Service(const google::protobuf::ServiceDescriptor* descriptor,
          prometheus::Registry* registry)
      : descriptor_(descriptor), methods_(registry, descriptor->full_name()) {}

  // Calls of `method` that pass the checks of proto/validate.h, if there are
  // any for such a request, go to `handle(request, std::unique_ptr<RpcCall>)`,
  // on any thread, which answers the call, then or later.
  template <typename Request, typename Handle>
  void Add(const std::string& method, Handle handle) {
    APOGEE_CHECK(descriptor_->FindMethodByName(method)->input_type() ==
                 Request::descriptor());
    AddRaw(method, [handle](std::unique_ptr<RpcCall> call) {
      const absl::StatusOr<const Request*> request = call->Read<Request>();
      if (!request.ok()) return call->Answer(request.status());
      if constexpr (requires { ValidateRequest(**request); }) {
        const absl::Status valid = ValidateRequest(**request);
        if (!valid.ok()) return call->Answer(valid);
      }
      handle(**request, std::move(call));
    });
  }

  // Answers with what `host` says, which is not owned.
  template <typename Host, typename Request, typename Result>
  void Add(const std::string& method, Host* host,
           void (Host::*answer)(const Request&, Engine::Done<Result>)) {
    Add<Request>(method, [host, answer](const Request& request,
                                        std::unique_ptr<RpcCall> call) {
      (host->*answer)(request, [call = std::move(call)](
                                   absl::StatusOr<Result> result) mutable {
        call->Answer(std::move(result));
        call.reset();  // and with it the request
      });
    });
  }

 private:
  using Handler = std::function<void(std::unique_ptr<RpcCall>)>;

  void AddRaw(const std::string& method, Handler handler);

  const google::protobuf::ServiceDescriptor* const descriptor_;
  const RpcMethods methods_;
  // Added so far; their addresses stay.
  std::deque<RpcMethod> added_;
  std::deque<std::string> paths_;
};

// The Vizier protocol.
std::unique_ptr<Service> MakeVizierService(Engine* engine,
                                           prometheus::Registry* registry);

// What Apogee offers people beyond it.
std::unique_ptr<Service> MakeAdminService(Engine* engine,
                                          const apogee::v1::ServerInfo& info,
                                          prometheus::Registry* registry);

// Workers and their trials.
std::unique_ptr<Service> MakeWorkerService(Engine* engine,
                                           prometheus::Registry* registry);

// Models trained on many studies.
std::unique_ptr<Service> MakeRegressorService(TrainingService* training,
                                              prometheus::Registry* registry);

}  // namespace apogee
