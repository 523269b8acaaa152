#pragma once

#include "apogee/v1/admin.grpc.pb.h"
#include "server/engine/engine.h"
#include "server/rpc/method.h"

namespace apogee {

// What Apogee offers people beyond the Vizier protocol. Thread-safe; owns
// neither the engine nor the registry.
class AdminService final : public apogee::v1::AdminService::CallbackService {
 public:
  AdminService(Engine* engine, apogee::v1::ServerInfo info,
               prometheus::Registry* registry)
      : engine_(engine),
        info_(std::move(info)),
        methods_(registry, apogee::v1::AdminService::service_full_name()) {}

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
  Reactor* Backup(Context* context, const apogee::v1::BackupRequest* request,
                  apogee::v1::BackupResponse* response) override;
  Reactor* Check(Context* context, const apogee::v1::CheckRequest* request,
                 apogee::v1::CheckResponse* response) override;
  Reactor* Vacuum(Context* context, const apogee::v1::VacuumRequest* request,
                  apogee::v1::VacuumResponse* response) override;
  Reactor* ExportStudy(Context* context,
                       const apogee::v1::ExportStudyRequest* request,
                       apogee::v1::StudyRecord* response) override;
  Reactor* ExportTrials(Context* context,
                        const apogee::v1::ExportTrialsRequest* request,
                        apogee::v1::ExportTrialsResponse* response) override;
  Reactor* ImportStudy(Context* context,
                       const apogee::v1::ImportStudyRequest* request,
                       vizier::Study* response) override;
  Reactor* ImportTrials(Context* context,
                        const apogee::v1::ImportTrialsRequest* request,
                        apogee::v1::ImportTrialsResponse* response) override;

 private:
  Engine* const engine_;
  const apogee::v1::ServerInfo info_;
  const RpcMethods methods_;
  const RpcMethod list_study_summaries_ = methods_.Add("ListStudySummaries");
  const RpcMethod get_study_summary_ = methods_.Add("GetStudySummary");
  const RpcMethod list_algorithms_ = methods_.Add("ListAlgorithms");
  const RpcMethod get_server_info_ = methods_.Add("GetServerInfo");
  const RpcMethod backup_ = methods_.Add("Backup");
  const RpcMethod check_ = methods_.Add("Check");
  const RpcMethod vacuum_ = methods_.Add("Vacuum");
  const RpcMethod export_study_ = methods_.Add("ExportStudy");
  const RpcMethod export_trials_ = methods_.Add("ExportTrials");
  const RpcMethod import_study_ = methods_.Add("ImportStudy");
  const RpcMethod import_trials_ = methods_.Add("ImportTrials");
};

}  // namespace apogee
