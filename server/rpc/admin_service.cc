#include "server/rpc/admin_service.h"

#include "server/engine/algorithm_catalog.h"
#include "server/rpc/vizier_service.h"

namespace apogee {
namespace {

template <typename Request, typename Response>
grpc::ServerUnaryReactor* AnswerWith(const RpcMethod& method, Response answer,
                                     grpc::CallbackServerContext* context,
                                     const Request* request,
                                     Response* response) {
  RpcCall* call = RpcCall::Start(&method, context, request);
  grpc::ServerUnaryReactor* reactor = call->reactor();
  Responder<Response> responder(call, response);
  responder(std::move(answer));
  return reactor;
}

}  // namespace

using Reactor = AdminService::Reactor;

Reactor* AdminService::ListStudySummaries(
    Context* context, const apogee::v1::ListStudySummariesRequest* request,
    apogee::v1::ListStudySummariesResponse* response) {
  return AnswerFromEngine(list_study_summaries_, *engine_,
                          &Engine::ListStudySummaries, context, request,
                          response);
}

Reactor* AdminService::GetStudySummary(
    Context* context, const apogee::v1::GetStudySummaryRequest* request,
    apogee::v1::StudySummary* response) {
  return AnswerFromEngine(get_study_summary_, *engine_,
                          &Engine::GetStudySummary, context, request, response);
}

Reactor* AdminService::ListAlgorithms(
    Context* context, const apogee::v1::ListAlgorithmsRequest* request,
    apogee::v1::ListAlgorithmsResponse* response) {
  return AnswerWith(list_algorithms_, DescribeAlgorithms(), context, request,
                    response);
}

Reactor* AdminService::GetServerInfo(
    Context* context, const apogee::v1::GetServerInfoRequest* request,
    apogee::v1::ServerInfo* response) {
  return AnswerWith(get_server_info_, info_, context, request, response);
}

Reactor* AdminService::Backup(Context* context,
                              const apogee::v1::BackupRequest* request,
                              apogee::v1::BackupResponse* response) {
  return AnswerFromEngine(backup_, *engine_, &Engine::Backup, context, request,
                          response);
}

Reactor* AdminService::Check(Context* context,
                             const apogee::v1::CheckRequest* request,
                             apogee::v1::CheckResponse* response) {
  return AnswerFromEngine(check_, *engine_, &Engine::Check, context, request,
                          response);
}

Reactor* AdminService::Vacuum(Context* context,
                              const apogee::v1::VacuumRequest* request,
                              apogee::v1::VacuumResponse* response) {
  return AnswerFromEngine(vacuum_, *engine_, &Engine::Vacuum, context, request,
                          response);
}

Reactor* AdminService::ExportStudy(
    Context* context, const apogee::v1::ExportStudyRequest* request,
    apogee::v1::StudyRecord* response) {
  return AnswerFromEngine(export_study_, *engine_, &Engine::ExportStudy,
                          context, request, response);
}

Reactor* AdminService::ExportTrials(
    Context* context, const apogee::v1::ExportTrialsRequest* request,
    apogee::v1::ExportTrialsResponse* response) {
  return AnswerFromEngine(export_trials_, *engine_, &Engine::ExportTrials,
                          context, request, response);
}

Reactor* AdminService::ImportStudy(
    Context* context, const apogee::v1::ImportStudyRequest* request,
    vizier::Study* response) {
  return AnswerFromEngine(import_study_, *engine_, &Engine::ImportStudy,
                          context, request, response);
}

Reactor* AdminService::ImportTrials(
    Context* context, const apogee::v1::ImportTrialsRequest* request,
    apogee::v1::ImportTrialsResponse* response) {
  return AnswerFromEngine(import_trials_, *engine_, &Engine::ImportTrials,
                          context, request, response);
}

}  // namespace apogee
