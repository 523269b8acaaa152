#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

using Stub = vizier::VizierService::Stub;

// Finds a server that was started again soon.
inline std::unique_ptr<Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  return vizier::VizierService::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
}

template <typename Request, typename Response>
using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&,
                                      Response*);

// Whether the call was answered, and well.
template <typename Request, typename Response>
bool Once(Stub& stub, Method<Request, Response> method, const Request& request,
          Response& response,
          std::chrono::microseconds patience = std::chrono::seconds(20)) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + patience);
  return (stub.*method)(&context, request, &response).ok();
}

}  // namespace apogee
