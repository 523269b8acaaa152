#pragma once

#include "apogee/v1/admin.grpc.pb.h"
#include "server/engine/engine.h"

namespace apogee {

// What Apogee offers people beyond the Vizier protocol. Thread-safe; does not
// own the engine.
class AdminService final : public apogee::v1::AdminService::CallbackService {
 public:
  AdminService(Engine* engine, apogee::v1::ServerInfo info)
      : engine_(engine), info_(std::move(info)) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* ListStudySummaries(
      Context* context, const apogee::v1::ListStudySummariesRequest* request,
      apogee::v1::ListStudySummariesResponse* response) override;
  Reactor* GetStudySummary(Context* context,
                           const apogee::v1::GetStudySummaryRequest* request,
                           apogee::v1::StudySummary* response) override;
  Reactor* ListAlgorithms(
      Context* context, const apogee::v1::ListAlgorithmsRequest* request,
      apogee::v1::ListAlgorithmsResponse* response) override;
  Reactor* GetServerInfo(Context* context,
                         const apogee::v1::GetServerInfoRequest* request,
                         apogee::v1::ServerInfo* response) override;

 private:
  Engine* const engine_;
  const apogee::v1::ServerInfo info_;
};

}  // namespace apogee
