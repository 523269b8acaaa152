#pragma once

#include "proto/validate.h"
#include "server/engine/engine.h"
#include "server/rpc/responder.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

// The Vizier protocol on the wire: checks each request by itself and passes it
// to the engine. Thread-safe; does not own the engine.
class VizierService final : public vizier::VizierService::CallbackService {
 public:
  explicit VizierService(Engine* engine) : engine_(engine) {}

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
};

// Answers a call with what `method` of the engine says, after the checks of
// proto/validate.h that there are for such a request.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* AnswerFromEngine(
    Engine& engine,
    void (Engine::*method)(const Request&, Engine::Done<Response>),
    grpc::CallbackServerContext* context, const Request* request,
    Response* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Responder<Response> responder(reactor, response);
  if constexpr (requires { ValidateRequest(*request); }) {
    if (absl::Status valid = ValidateRequest(*request); !valid.ok()) {
      responder(std::move(valid));
      return reactor;
    }
  }
  (engine.*method)(*request, std::move(responder));
  return reactor;
}

}  // namespace apogee
