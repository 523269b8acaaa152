#include "server/rpc/admin_service.h"

#include "server/engine/algorithm_catalog.h"
#include "server/rpc/vizier_service.h"

namespace apogee {

using Reactor = AdminService::Reactor;

Reactor* AdminService::ListStudySummaries(
    Context* context, const apogee::v1::ListStudySummariesRequest* request,
    apogee::v1::ListStudySummariesResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::ListStudySummaries, context,
                          request, response);
}

Reactor* AdminService::GetStudySummary(
    Context* context, const apogee::v1::GetStudySummaryRequest* request,
    apogee::v1::StudySummary* response) {
  return AnswerFromEngine(*engine_, &Engine::GetStudySummary, context, request,
                          response);
}

Reactor* AdminService::ListAlgorithms(
    Context* context, const apogee::v1::ListAlgorithmsRequest* request,
    apogee::v1::ListAlgorithmsResponse* response) {
  *response = DescribeAlgorithms();
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

Reactor* AdminService::GetServerInfo(
    Context* context, const apogee::v1::GetServerInfoRequest* request,
    apogee::v1::ServerInfo* response) {
  *response = info_;
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace apogee
