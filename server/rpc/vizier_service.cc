#include "server/rpc/vizier_service.h"

namespace apogee {

using Reactor = VizierService::Reactor;

Reactor* VizierService::CreateStudy(Context* context,
                                    const vizier::CreateStudyRequest* request,
                                    vizier::Study* response) {
  return AnswerFromEngine(*engine_, &Engine::CreateStudy, context, request,
                          response);
}

Reactor* VizierService::GetStudy(Context* context,
                                 const vizier::GetStudyRequest* request,
                                 vizier::Study* response) {
  return AnswerFromEngine(*engine_, &Engine::GetStudy, context, request,
                          response);
}

Reactor* VizierService::ListStudies(Context* context,
                                    const vizier::ListStudiesRequest* request,
                                    vizier::ListStudiesResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::ListStudies, context, request,
                          response);
}

Reactor* VizierService::DeleteStudy(Context* context,
                                    const vizier::DeleteStudyRequest* request,
                                    google::protobuf::Empty* response) {
  return AnswerFromEngine(*engine_, &Engine::DeleteStudy, context, request,
                          response);
}

Reactor* VizierService::SetStudyState(
    Context* context, const vizier::SetStudyStateRequest* request,
    vizier::Study* response) {
  return AnswerFromEngine(*engine_, &Engine::SetStudyState, context, request,
                          response);
}

Reactor* VizierService::SuggestTrials(
    Context* context, const vizier::SuggestTrialsRequest* request,
    google::longrunning::Operation* response) {
  return AnswerFromEngine(*engine_, &Engine::SuggestTrials, context, request,
                          response);
}

Reactor* VizierService::GetOperation(
    Context* context, const google::longrunning::GetOperationRequest* request,
    google::longrunning::Operation* response) {
  return AnswerFromEngine(*engine_, &Engine::GetOperation, context, request,
                          response);
}

Reactor* VizierService::CreateTrial(Context* context,
                                    const vizier::CreateTrialRequest* request,
                                    vizier::Trial* response) {
  return AnswerFromEngine(*engine_, &Engine::CreateTrial, context, request,
                          response);
}

Reactor* VizierService::GetTrial(Context* context,
                                 const vizier::GetTrialRequest* request,
                                 vizier::Trial* response) {
  return AnswerFromEngine(*engine_, &Engine::GetTrial, context, request,
                          response);
}

Reactor* VizierService::ListTrials(Context* context,
                                   const vizier::ListTrialsRequest* request,
                                   vizier::ListTrialsResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::ListTrials, context, request,
                          response);
}

Reactor* VizierService::AddTrialMeasurement(
    Context* context, const vizier::AddTrialMeasurementRequest* request,
    vizier::Trial* response) {
  return AnswerFromEngine(*engine_, &Engine::AddTrialMeasurement, context,
                          request, response);
}

Reactor* VizierService::CompleteTrial(
    Context* context, const vizier::CompleteTrialRequest* request,
    vizier::Trial* response) {
  return AnswerFromEngine(*engine_, &Engine::CompleteTrial, context, request,
                          response);
}

Reactor* VizierService::DeleteTrial(Context* context,
                                    const vizier::DeleteTrialRequest* request,
                                    google::protobuf::Empty* response) {
  return AnswerFromEngine(*engine_, &Engine::DeleteTrial, context, request,
                          response);
}

Reactor* VizierService::CheckTrialEarlyStoppingState(
    Context* context,
    const vizier::CheckTrialEarlyStoppingStateRequest* request,
    vizier::CheckTrialEarlyStoppingStateResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::CheckTrialEarlyStoppingState,
                          context, request, response);
}

Reactor* VizierService::StopTrial(Context* context,
                                  const vizier::StopTrialRequest* request,
                                  vizier::Trial* response) {
  return AnswerFromEngine(*engine_, &Engine::StopTrial, context, request,
                          response);
}

Reactor* VizierService::ListOptimalTrials(
    Context* context, const vizier::ListOptimalTrialsRequest* request,
    vizier::ListOptimalTrialsResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::ListOptimalTrials, context,
                          request, response);
}

Reactor* VizierService::UpdateMetadata(
    Context* context, const vizier::UpdateMetadataRequest* request,
    vizier::UpdateMetadataResponse* response) {
  return AnswerFromEngine(*engine_, &Engine::UpdateMetadata, context, request,
                          response);
}

}  // namespace apogee
