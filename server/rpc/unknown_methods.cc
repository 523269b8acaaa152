#include "server/rpc/unknown_methods.h"

#include "absl/strings/str_cat.h"
#include "proto/print.h"

namespace apogee {
namespace {

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new Refusal(
      {grpc::StatusCode::UNIMPLEMENTED,
       absl::StrCat("this server has no method ", Quoted(context->method()))});
}

}  // namespace apogee
