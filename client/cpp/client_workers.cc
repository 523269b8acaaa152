// The part of Client for workers.

#include "client/cpp/client.h"
#include "client/cpp/client_call.h"

namespace apogee {

using apogee::v1::WorkerService;

absl::StatusOr<apogee::v1::HeartbeatResponse> Client::Heartbeat(
    const apogee::v1::HeartbeatRequest& request) const {
  return Call("Heartbeat", *workers_, &WorkerService::Stub::Heartbeat, request);
}

absl::StatusOr<vizier::Trial> Client::ReleaseTrial(
    const apogee::v1::ReleaseTrialRequest& request) const {
  return Call("ReleaseTrial", *workers_, &WorkerService::Stub::ReleaseTrial,
              request);
}

absl::StatusOr<apogee::v1::ListWorkersResponse> Client::ListWorkers(
    absl::string_view parent) const {
  apogee::v1::ListWorkersRequest request;
  request.set_parent(std::string(parent));
  return Call("ListWorkers", *workers_, &WorkerService::Stub::ListWorkers,
              request);
}

}  // namespace apogee
