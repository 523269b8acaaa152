#include "server/rpc/vizier_service.h"

namespace apogee {

using Reactor = VizierService::Reactor;

Reactor* VizierService::CreateStudy(Context* context,
                                    const vizier::CreateStudyRequest* request,
                                    vizier::Study* response) {
  return AnswerFromEngine(create_study_, *engine_, &Engine::CreateStudy,
                          context, request, response);
}

Reactor* VizierService::GetStudy(Context* context,
                                 const vizier::GetStudyRequest* request,
                                 vizier::Study* response) {
  return AnswerFromEngine(get_study_, *engine_, &Engine::GetStudy, context,
                          request, response);
}

Reactor* VizierService::ListStudies(Context* context,
                                    const vizier::ListStudiesRequest* request,
                                    vizier::ListStudiesResponse* response) {
  return AnswerFromEngine(list_studies_, *engine_, &Engine::ListStudies,
                          context, request, response);
}

Reactor* VizierService::DeleteStudy(Context* context,
                                    const vizier::DeleteStudyRequest* request,
                                    google::protobuf::Empty* response) {
  return AnswerFromEngine(delete_study_, *engine_, &Engine::DeleteStudy,
                          context, request, response);
}

Reactor* VizierService::SetStudyState(
    Context* context, const vizier::SetStudyStateRequest* request,
    vizier::Study* response) {
  return AnswerFromEngine(set_study_state_, *engine_, &Engine::SetStudyState,
                          context, request, response);
}

Reactor* VizierService::SuggestTrials(
    Context* context, const vizier::SuggestTrialsRequest* request,
    google::longrunning::Operation* response) {
  return AnswerFromEngine(suggest_trials_, *engine_, &Engine::SuggestTrials,
                          context, request, response);
}

Reactor* VizierService::GetOperation(
    Context* context, const google::longrunning::GetOperationRequest* request,
    google::longrunning::Operation* response) {
  return AnswerFromEngine(get_operation_, *engine_, &Engine::GetOperation,
                          context, request, response);
}

Reactor* VizierService::CreateTrial(Context* context,
                                    const vizier::CreateTrialRequest* request,
                                    vizier::Trial* response) {
  return AnswerFromEngine(create_trial_, *engine_, &Engine::CreateTrial,
                          context, request, response);
}

Reactor* VizierService::GetTrial(Context* context,
                                 const vizier::GetTrialRequest* request,
                                 vizier::Trial* response) {
  return AnswerFromEngine(get_trial_, *engine_, &Engine::GetTrial, context,
                          request, response);
}

Reactor* VizierService::ListTrials(Context* context,
                                   const vizier::ListTrialsRequest* request,
                                   vizier::ListTrialsResponse* response) {
  return AnswerFromEngine(list_trials_, *engine_, &Engine::ListTrials, context,
                          request, response);
}

Reactor* VizierService::AddTrialMeasurement(
    Context* context, const vizier::AddTrialMeasurementRequest* request,
    vizier::Trial* response) {
  return AnswerFromEngine(add_trial_measurement_, *engine_,
                          &Engine::AddTrialMeasurement, context, request,
                          response);
}

Reactor* VizierService::CompleteTrial(
    Context* context, const vizier::CompleteTrialRequest* request,
    vizier::Trial* response) {
  return AnswerFromEngine(complete_trial_, *engine_, &Engine::CompleteTrial,
                          context, request, response);
}

Reactor* VizierService::DeleteTrial(Context* context,
                                    const vizier::DeleteTrialRequest* request,
                                    google::protobuf::Empty* response) {
  return AnswerFromEngine(delete_trial_, *engine_, &Engine::DeleteTrial,
                          context, request, response);
}

Reactor* VizierService::CheckTrialEarlyStoppingState(
    Context* context,
    const vizier::CheckTrialEarlyStoppingStateRequest* request,
    vizier::CheckTrialEarlyStoppingStateResponse* response) {
  return AnswerFromEngine(check_trial_early_stopping_state_, *engine_,
                          &Engine::CheckTrialEarlyStoppingState, context,
                          request, response);
}

Reactor* VizierService::StopTrial(Context* context,
                                  const vizier::StopTrialRequest* request,
                                  vizier::Trial* response) {
  return AnswerFromEngine(stop_trial_, *engine_, &Engine::StopTrial, context,
                          request, response);
}

Reactor* VizierService::ListOptimalTrials(
    Context* context, const vizier::ListOptimalTrialsRequest* request,
    vizier::ListOptimalTrialsResponse* response) {
  return AnswerFromEngine(list_optimal_trials_, *engine_,
                          &Engine::ListOptimalTrials, context, request,
                          response);
}

Reactor* VizierService::UpdateMetadata(
    Context* context, const vizier::UpdateMetadataRequest* request,
    vizier::UpdateMetadataResponse* response) {
  return AnswerFromEngine(update_metadata_, *engine_, &Engine::UpdateMetadata,
                          context, request, response);
}

}  // namespace apogee
