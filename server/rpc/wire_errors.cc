#include "server/rpc/wire_errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "proto/print.h"

namespace apogee {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

// `path` is "/vizier.VizierService/GetTrial".
grpc::Status Describe(absl::string_view path) {
  absl::string_view name = path;
  absl::ConsumePrefix(&name, "/");
  const google::protobuf::MethodDescriptor* method =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
          absl::StrReplaceAll(name, {{"/", "."}}));
  if (method == nullptr) {
    return {grpc::StatusCode::UNIMPLEMENTED,
            absl::StrCat("this server has no method ", Quoted(path))};
  }
  return {
      grpc::StatusCode::INVALID_ARGUMENT,
      absl::StrCat("the request is no ", method->input_type()->full_name(),
                   ": its bytes do not parse, its text is not UTF-8, or it is "
                   "nested more than 100 messages deep")};
}

class WireErrors final : public grpc::experimental::Interceptor {
 public:
  explicit WireErrors(const char* method) : method_(method) {}

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      const grpc::Status status = batch->GetSendStatus();
      if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty()) {
        batch->ModifySendStatus(Describe(method_));
      }
    }
    batch->Proceed();
  }

 private:
  const char* const method_;  // lives as long as the call
};

class WireErrorsFactory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return new WireErrors(info->method());
  }
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeWireErrors() {
  return std::make_unique<WireErrorsFactory>();
}

}  // namespace apogee
