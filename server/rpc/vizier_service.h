#pragma once

#include "proto/validate.h"
#include "server/engine/engine.h"
#include "server/rpc/responder.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

// The Vizier protocol on the wire: checks each request by itself and passes it
// to the engine. Thread-safe; owns neither the engine nor the registry.
class VizierService final : public vizier::VizierService::CallbackService {
 public:
  VizierService(Engine* engine, prometheus::Registry* registry)
      : engine_(engine),
        methods_(registry, vizier::VizierService::service_full_name()) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* CreateStudy(Context* context,
                       const vizier::CreateStudyRequest* request,
                       vizier::Study* response) override;
  Reactor* GetStudy(Context* context, const vizier::GetStudyRequest* request,
                    vizier::Study* response) override;
  Reactor* ListStudies(Context* context,
                       const vizier::ListStudiesRequest* request,
                       vizier::ListStudiesResponse* response) override;
  Reactor* DeleteStudy(Context* context,
                       const vizier::DeleteStudyRequest* request,
                       google::protobuf::Empty* response) override;
  Reactor* SetStudyState(Context* context,
                         const vizier::SetStudyStateRequest* request,
                         vizier::Study* response) override;
  Reactor* SuggestTrials(Context* context,
                         const vizier::SuggestTrialsRequest* request,
                         google::longrunning::Operation* response) override;
  Reactor* GetOperation(Context* context,
                        const google::longrunning::GetOperationRequest* request,
                        google::longrunning::Operation* response) override;
  Reactor* CreateTrial(Context* context,
                       const vizier::CreateTrialRequest* request,
                       vizier::Trial* response) override;
  Reactor* GetTrial(Context* context, const vizier::GetTrialRequest* request,
                    vizier::Trial* response) override;
  Reactor* ListTrials(Context* context,
                      const vizier::ListTrialsRequest* request,
                      vizier::ListTrialsResponse* response) override;
  Reactor* AddTrialMeasurement(
      Context* context, const vizier::AddTrialMeasurementRequest* request,
      vizier::Trial* response) override;
  Reactor* CompleteTrial(Context* context,
                         const vizier::CompleteTrialRequest* request,
                         vizier::Trial* response) override;
  Reactor* DeleteTrial(Context* context,
                       const vizier::DeleteTrialRequest* request,
                       google::protobuf::Empty* response) override;
  Reactor* CheckTrialEarlyStoppingState(
      Context* context,
      const vizier::CheckTrialEarlyStoppingStateRequest* request,
      vizier::CheckTrialEarlyStoppingStateResponse* response) override;
  Reactor* StopTrial(Context* context, const vizier::StopTrialRequest* request,
                     vizier::Trial* response) override;
  Reactor* ListOptimalTrials(
      Context* context, const vizier::ListOptimalTrialsRequest* request,
      vizier::ListOptimalTrialsResponse* response) override;
  Reactor* UpdateMetadata(Context* context,
                          const vizier::UpdateMetadataRequest* request,
                          vizier::UpdateMetadataResponse* response) override;

 private:
  Engine* const engine_;
  const RpcMethods methods_;
  const RpcMethod create_study_ = methods_.Add("CreateStudy");
  const RpcMethod get_study_ = methods_.Add("GetStudy");
  const RpcMethod list_studies_ = methods_.Add("ListStudies");
  const RpcMethod delete_study_ = methods_.Add("DeleteStudy");
  const RpcMethod set_study_state_ = methods_.Add("SetStudyState");
  const RpcMethod suggest_trials_ = methods_.Add("SuggestTrials");
  const RpcMethod get_operation_ = methods_.Add("GetOperation");
  const RpcMethod create_trial_ = methods_.Add("CreateTrial");
  const RpcMethod get_trial_ = methods_.Add("GetTrial");
  const RpcMethod list_trials_ = methods_.Add("ListTrials");
  const RpcMethod add_trial_measurement_ = methods_.Add("AddTrialMeasurement");
  const RpcMethod complete_trial_ = methods_.Add("CompleteTrial");
  const RpcMethod delete_trial_ = methods_.Add("DeleteTrial");
  const RpcMethod check_trial_early_stopping_state_ =
      methods_.Add("CheckTrialEarlyStoppingState");
  const RpcMethod stop_trial_ = methods_.Add("StopTrial");
  const RpcMethod list_optimal_trials_ = methods_.Add("ListOptimalTrials");
  const RpcMethod update_metadata_ = methods_.Add("UpdateMetadata");
};

// Answers a call of `method` with what the engine says to it, after the checks
// of proto/validate.h that there are for such a request.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* AnswerFromEngine(
    const RpcMethod& method, Engine& engine,
    void (Engine::*answer)(const Request&, Engine::Done<Response>),
    grpc::CallbackServerContext* context, const Request* request,
    Response* response) {
  RpcCall* call = RpcCall::Start(&method, context, request);
  grpc::ServerUnaryReactor* reactor = call->reactor();
  Responder<Response> responder(call, response);
  if constexpr (requires { ValidateRequest(*request); }) {
    if (absl::Status valid = ValidateRequest(*request); !valid.ok()) {
      responder(std::move(valid));
      return reactor;
    }
  }
  (engine.*answer)(*request, std::move(responder));
  return reactor;
}

}  // namespace apogee
