#pragma once

#include "grpcpp/generic/async_generic_service.h"

namespace apogee {

// Answers calls of methods that no service has with an UNIMPLEMENTED that names
// the method.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

}  // namespace apogee
