#include "server/rpc/service.h"

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/support/server_callback.h"
#include "server/engine/algorithm_catalog.h"

namespace apogee {
namespace {

using grpc::internal::CallbackUnaryHandler;
using grpc::internal::RpcServiceMethod;

const google::protobuf::ServiceDescriptor* Describe(const char* service) {
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      service);
}

}  // namespace

void Service::AddRaw(const std::string& method, Handler handler) {
  const int index = static_cast<int>(added_.size());
  const RpcMethod* counted = &added_.emplace_back(methods_.Add(method));
  const std::string& path =
      paths_.emplace_back(absl::StrCat("/", counted->name()));
  AddMethod(new RpcServiceMethod(path.c_str(), RpcServiceMethod::NORMAL_RPC,
                                 nullptr));
  MarkMethodRawCallback(
      index,
      new CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
          [counted, handler = std::move(handler)](
              grpc::CallbackServerContext* context,
              const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
            auto call =
                std::make_unique<RpcCall>(counted, context, request, response);
            grpc::ServerUnaryReactor* reactor = call->reactor();
            handler(std::move(call));
            return reactor;
          }));
}

std::unique_ptr<Service> MakeVizierService(Engine* engine,
                                           prometheus::Registry* registry) {
  auto service =
      std::make_unique<Service>(Describe("vizier.VizierService"), registry);
  service->Add("CreateStudy", engine, &Engine::CreateStudy);
  service->Add("GetStudy", engine, &Engine::GetStudy);
  service->Add("ListStudies", engine, &Engine::ListStudies);
  service->Add("DeleteStudy", engine, &Engine::DeleteStudy);
  service->Add("SetStudyState", engine, &Engine::SetStudyState);
  service->Add("SuggestTrials", engine, &Engine::SuggestTrials);
  service->Add("GetOperation", engine, &Engine::GetOperation);
  service->Add("CreateTrial", engine, &Engine::CreateTrial);
  service->Add("GetTrial", engine, &Engine::GetTrial);
  service->Add("ListTrials", engine, &Engine::ListTrials);
  service->Add("AddTrialMeasurement", engine, &Engine::AddTrialMeasurement);
  service->Add("CompleteTrial", engine, &Engine::CompleteTrial);
  service->Add("DeleteTrial", engine, &Engine::DeleteTrial);
  service->Add("CheckTrialEarlyStoppingState", engine,
               &Engine::CheckTrialEarlyStoppingState);
  service->Add("StopTrial", engine, &Engine::StopTrial);
  service->Add("ListOptimalTrials", engine, &Engine::ListOptimalTrials);
  service->Add("UpdateMetadata", engine, &Engine::UpdateMetadata);
  return service;
}

std::unique_ptr<Service> MakeAdminService(Engine* engine,
                                          const apogee::v1::ServerInfo& info,
                                          prometheus::Registry* registry) {
  auto service =
      std::make_unique<Service>(Describe("apogee.v1.AdminService"), registry);
  service->Add("ListStudySummaries", engine, &Engine::ListStudySummaries);
  service->Add("GetStudySummary", engine, &Engine::GetStudySummary);
  service->Add<apogee::v1::ListAlgorithmsRequest>(
      "ListAlgorithms", [](const apogee::v1::ListAlgorithmsRequest&,
                           const std::unique_ptr<RpcCall>& call) {
        call->Answer(DescribeAlgorithms());
      });
  service->Add<apogee::v1::GetServerInfoRequest>(
      "GetServerInfo",
      [info](const apogee::v1::GetServerInfoRequest&,
             const std::unique_ptr<RpcCall>& call) { call->Answer(info); });
  service->Add("Backup", engine, &Engine::Backup);
  service->Add("Check", engine, &Engine::Check);
  service->Add("Vacuum", engine, &Engine::Vacuum);
  service->Add("ExportStudy", engine, &Engine::ExportStudy);
  service->Add("ExportTrials", engine, &Engine::ExportTrials);
  service->Add("ImportStudy", engine, &Engine::ImportStudy);
  service->Add("ImportTrials", engine, &Engine::ImportTrials);
  return service;
}

std::unique_ptr<Service> MakeWorkerService(Engine* engine,
                                           prometheus::Registry* registry) {
  auto service =
      std::make_unique<Service>(Describe("apogee.v1.WorkerService"), registry);
  service->Add("Heartbeat", engine, &Engine::Heartbeat);
  service->Add("ReleaseTrial", engine, &Engine::ReleaseTrial);
  service->Add("ListWorkers", engine, &Engine::ListWorkers);
  return service;
}

std::unique_ptr<Service> MakeRegressorService(TrainingService* training,
                                              prometheus::Registry* registry) {
  auto service = std::make_unique<Service>(
      Describe("apogee.v1.RegressorService"), registry);
  service->Add("TrainRegressor", training, &TrainingService::TrainRegressor);
  service->Add("ListRegressors", training, &TrainingService::ListRegressors);
  service->Add("GetRegressor", training, &TrainingService::GetRegressor);
  service->Add("EvaluateRegressor", training,
               &TrainingService::EvaluateRegressor);
  service->Add("UseRegressor", training, &TrainingService::UseRegressor);
  service->Add("ForgetRegressor", training, &TrainingService::ForgetRegressor);
  return service;
}

}  // namespace apogee
