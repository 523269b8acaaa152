#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "apogee/v1/admin.pb.h"
#include "prometheus/registry.h"
#include "server/engine/engine.h"
#include "server/training/training_service.h"

namespace apogee {

struct RpcServerOptions {
  // "host:port", "[::]:port" or "unix:path"; port 0 takes a free one.
  // "localhost:port" is 127.0.0.1 and, where the machine has it, ::1.
  std::vector<std::string> listen;
  // The largest request.
  int max_receive_bytes = 64 << 20;
  // Where calls are counted; not owned, outlives the server. Null counts for
  // nobody.
  prometheus::Registry* registry = nullptr;
};

// The gRPC front: the Vizier, admin, worker and regressor services, health,
// reflection.
class RpcServer {
 public:
  // Without `training` there is no regressor service. Nothing is owned.
  // INVALID_ARGUMENT     an address does not parse
  // FAILED_PRECONDITION  an address can not be listened on
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const RpcServerOptions& options, Engine* engine,
      const apogee::v1::ServerInfo& info, TrainingService* training = nullptr);
  virtual ~RpcServer() = default;

  // The addresses listened on, with the ports that were taken.
  virtual const std::vector<std::string>& addresses() const = 0;

  // What the health service answers.
  virtual void SetServing(bool serving) = 0;

  // Takes no more calls, gives those under way until the deadline, then cancels
  // them; returns when all have ended.
  virtual void Stop(absl::Duration patience) = 0;
};

}  // namespace apogee
