#include "client/cpp/client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cpp/client_call.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::AdminService;
using vizier::VizierService;

constexpr int kPageSize = 1000;

struct Method {
  absl::string_view name;
  bool idempotent;
};

constexpr std::array kMethods = {
    Method{"CreateStudy", true},
    Method{"GetStudy", true},
    Method{"ListStudies", true},
    Method{"SetStudyState", true},
    Method{"DeleteStudy", false},
    Method{"SuggestTrials", true},
    Method{"GetOperation", true},
    Method{"CreateTrial", false},
    Method{"GetTrial", true},
    Method{"ListTrials", true},
    Method{"ListOptimalTrials", true},
    Method{"AddTrialMeasurement", false},
    Method{"CompleteTrial", true},
    Method{"StopTrial", true},
    Method{"DeleteTrial", false},
    Method{"CheckTrialEarlyStoppingState", true},
    Method{"Heartbeat", true},
    Method{"ReleaseTrial", true},
    Method{"ListWorkers", true},
    Method{"GetStudySummary", true},
    Method{"ListStudySummaries", true},
    Method{"ListAlgorithms", true},
    Method{"GetServerInfo", true},
    Method{"Backup", false},
    Method{"Check", true},
    Method{"Vacuum", true},
    Method{"ExportStudy", true},
    Method{"ExportTrials", true},
    Method{"ImportStudy", false},
    Method{"ImportTrials", false},
    Method{"TrainRegressor", false},
    Method{"ListRegressors", true},
    Method{"GetRegressor", true},
    Method{"EvaluateRegressor", true},
    Method{"UseRegressor", true},
    Method{"ForgetRegressor", false},
};

template <typename Request>
Request Named(absl::string_view name) {
  Request request;
  request.set_name(std::string(name));
  return request;
}

}  // namespace

bool IsIdempotent(absl::string_view method) {
  return std::any_of(kMethods.begin(), kMethods.end(), [&](const Method& m) {
    return m.name == method && m.idempotent;
  });
}

bool SleepUnlessStopped(absl::Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  condition.wait_for(lock, stop, absl::ToChronoNanoseconds(duration),
                     [] { return false; });
  return !stop.stop_requested();
}

std::shared_ptr<grpc::Channel> Connect(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetMaxReceiveMessageSize(256 << 20);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(),
                                   arguments);
}

Client::Client(const std::shared_ptr<grpc::Channel>& channel, CallPolicy policy)
    : channel_(channel),
      vizier_(VizierService::NewStub(channel)),
      admin_(AdminService::NewStub(channel)),
      workers_(apogee::v1::WorkerService::NewStub(channel)),
      regressors_(apogee::v1::RegressorService::NewStub(channel)),
      policy_(std::move(policy)) {}

Client Client::With(CallPolicy policy) const {
  Client client = *this;
  client.policy_ = std::move(policy);
  return client;
}

absl::Status Client::WaitUntilConnected() const {
  const absl::Time end = absl::Now() + policy_.patience;
  while (!channel_->WaitForConnected(
      CallEnd(std::min(absl::Milliseconds(200),
                       std::max(absl::ZeroDuration(), end - absl::Now()))))) {
    if (policy_.stop.stop_requested()) return CallStopped();
    if (absl::Now() >= end) break;  // the call itself tells what is wrong
  }
  return absl::OkStatus();
}

absl::StatusOr<vizier::Study> Client::CreateStudy(
    const vizier::CreateStudyRequest& request) const {
  return Call("CreateStudy", *vizier_, &VizierService::Stub::CreateStudy,
              request);
}

absl::StatusOr<vizier::Study> Client::GetStudy(absl::string_view study) const {
  return Call("GetStudy", *vizier_, &VizierService::Stub::GetStudy,
              Named<vizier::GetStudyRequest>(study));
}

absl::StatusOr<std::vector<vizier::Study>> Client::ListStudies(
    absl::string_view parent, int most) const {
  vizier::ListStudiesRequest request;
  request.set_parent(std::string(parent));
  request.set_page_size(most);
  ASSIGN_OR_RETURN(vizier::ListStudiesResponse page,
                   Call("ListStudies", *vizier_,
                        &VizierService::Stub::ListStudies, request));
  return std::vector<vizier::Study>(
      std::make_move_iterator(page.mutable_studies()->begin()),
      std::make_move_iterator(page.mutable_studies()->end()));
}

absl::StatusOr<vizier::Study> Client::SetStudyState(
    absl::string_view study, vizier::Study::State state) const {
  vizier::SetStudyStateRequest request;
  request.set_parent(std::string(study));
  request.set_state(state);
  return Call("SetStudyState", *vizier_, &VizierService::Stub::SetStudyState,
              request);
}

absl::Status Client::DeleteStudy(absl::string_view study) const {
  return Call("DeleteStudy", *vizier_, &VizierService::Stub::DeleteStudy,
              Named<vizier::DeleteStudyRequest>(study))
      .status();
}

absl::StatusOr<vizier::SuggestTrialsResponse> Client::SuggestTrials(
    const vizier::SuggestTrialsRequest& request,
    absl::Duration patience) const {
  const absl::Time end = absl::Now() + patience;
  ASSIGN_OR_RETURN(google::longrunning::Operation operation,
                   Call("SuggestTrials", *vizier_,
                        &VizierService::Stub::SuggestTrials, request));
  absl::Duration delay = kFirstDelay;
  while (!operation.done()) {
    if (absl::Now() + delay > end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the study has no trial to suggest yet; ask again as worker ",
          Quoted(request.client_id())));
    }
    if (!SleepUnlessStopped(delay, policy_.stop)) return CallStopped();
    delay = std::min(2 * delay, kLongestDelay);
    ASSIGN_OR_RETURN(
        operation,
        Call(
            "GetOperation", *vizier_, &VizierService::Stub::GetOperation,
            Named<google::longrunning::GetOperationRequest>(operation.name())));
  }
  if (operation.has_error()) {
    return absl::Status(static_cast<absl::StatusCode>(operation.error().code()),
                        operation.error().message());
  }
  vizier::SuggestTrialsResponse response;
  if (!response.ParseFromString(operation.response().value())) {
    return absl::InternalError("the server's suggestions do not parse");
  }
  return response;
}

absl::StatusOr<vizier::Trial> Client::CreateTrial(
    const vizier::CreateTrialRequest& request) const {
  return Call("CreateTrial", *vizier_, &VizierService::Stub::CreateTrial,
              request);
}

absl::StatusOr<vizier::Trial> Client::GetTrial(absl::string_view trial) const {
  return Call("GetTrial", *vizier_, &VizierService::Stub::GetTrial,
              Named<vizier::GetTrialRequest>(trial));
}

absl::StatusOr<std::vector<vizier::Trial>> Client::ListTrials(
    absl::string_view study) const {
  std::vector<vizier::Trial> trials;
  vizier::ListTrialsRequest request;
  request.set_parent(std::string(study));
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(vizier::ListTrialsResponse page,
                     Call("ListTrials", *vizier_,
                          &VizierService::Stub::ListTrials, request));
    std::move(page.mutable_trials()->begin(), page.mutable_trials()->end(),
              std::back_inserter(trials));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return trials;
}

absl::StatusOr<std::vector<vizier::Trial>> Client::ListTrialsFrom(
    absl::string_view study, int64_t first, int most) const {
  vizier::ListTrialsRequest request;
  request.set_parent(std::string(study));
  request.set_page_token(absl::StrCat(first));
  request.set_page_size(most);
  ASSIGN_OR_RETURN(
      vizier::ListTrialsResponse page,
      Call("ListTrials", *vizier_, &VizierService::Stub::ListTrials, request));
  return std::vector<vizier::Trial>(
      std::make_move_iterator(page.mutable_trials()->begin()),
      std::make_move_iterator(page.mutable_trials()->end()));
}

absl::StatusOr<std::vector<vizier::Trial>> Client::ListOptimalTrials(
    absl::string_view study) const {
  std::vector<vizier::Trial> trials;
  vizier::ListOptimalTrialsRequest request;
  request.set_parent(std::string(study));
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(vizier::ListOptimalTrialsResponse page,
                     Call("ListOptimalTrials", *vizier_,
                          &VizierService::Stub::ListOptimalTrials, request));
    std::move(page.mutable_optimal_trials()->begin(),
              page.mutable_optimal_trials()->end(), std::back_inserter(trials));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return trials;
}

absl::StatusOr<vizier::Trial> Client::AddTrialMeasurement(
    const vizier::AddTrialMeasurementRequest& request) const {
  return Call("AddTrialMeasurement", *vizier_,
              &VizierService::Stub::AddTrialMeasurement, request);
}

absl::StatusOr<vizier::Trial> Client::CompleteTrial(
    const vizier::CompleteTrialRequest& request) const {
  return Call("CompleteTrial", *vizier_, &VizierService::Stub::CompleteTrial,
              request);
}

absl::StatusOr<vizier::Trial> Client::StopTrial(absl::string_view trial) const {
  return Call("StopTrial", *vizier_, &VizierService::Stub::StopTrial,
              Named<vizier::StopTrialRequest>(trial));
}

absl::Status Client::DeleteTrial(absl::string_view trial) const {
  return Call("DeleteTrial", *vizier_, &VizierService::Stub::DeleteTrial,
              Named<vizier::DeleteTrialRequest>(trial))
      .status();
}

absl::StatusOr<bool> Client::ShouldStopTrial(absl::string_view trial) const {
  vizier::CheckTrialEarlyStoppingStateRequest request;
  request.set_trial_name(std::string(trial));
  ASSIGN_OR_RETURN(
      const vizier::CheckTrialEarlyStoppingStateResponse response,
      Call("CheckTrialEarlyStoppingState", *vizier_,
           &VizierService::Stub::CheckTrialEarlyStoppingState, request));
  return response.should_stop();
}

absl::StatusOr<apogee::v1::StudySummary> Client::GetStudySummary(
    absl::string_view study) const {
  return Call("GetStudySummary", *admin_, &AdminService::Stub::GetStudySummary,
              Named<apogee::v1::GetStudySummaryRequest>(study));
}

absl::StatusOr<std::vector<apogee::v1::StudySummary>>
Client::ListStudySummaries(absl::string_view parent) const {
  std::vector<apogee::v1::StudySummary> studies;
  apogee::v1::ListStudySummariesRequest request;
  request.set_parent(std::string(parent));
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(apogee::v1::ListStudySummariesResponse page,
                     Call("ListStudySummaries", *admin_,
                          &AdminService::Stub::ListStudySummaries, request));
    std::move(page.mutable_studies()->begin(), page.mutable_studies()->end(),
              std::back_inserter(studies));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return studies;
}

absl::StatusOr<apogee::v1::ListAlgorithmsResponse> Client::ListAlgorithms()
    const {
  return Call("ListAlgorithms", *admin_, &AdminService::Stub::ListAlgorithms,
              apogee::v1::ListAlgorithmsRequest());
}

absl::StatusOr<apogee::v1::ServerInfo> Client::GetServerInfo() const {
  return Call("GetServerInfo", *admin_, &AdminService::Stub::GetServerInfo,
              apogee::v1::GetServerInfoRequest());
}

absl::Status Client::Backup(const std::string& path) const {
  apogee::v1::BackupRequest request;
  request.set_path(path);
  return Call("Backup", *admin_, &AdminService::Stub::Backup, request).status();
}

absl::StatusOr<std::vector<std::string>> Client::Check() const {
  ASSIGN_OR_RETURN(const apogee::v1::CheckResponse response,
                   Call("Check", *admin_, &AdminService::Stub::Check,
                        apogee::v1::CheckRequest()));
  return std::vector<std::string>(response.problems().begin(),
                                  response.problems().end());
}

absl::Status Client::Vacuum() const {
  return Call("Vacuum", *admin_, &AdminService::Stub::Vacuum,
              apogee::v1::VacuumRequest())
      .status();
}

absl::StatusOr<apogee::v1::StudyRecord> Client::ExportStudy(
    absl::string_view study) const {
  return Call("ExportStudy", *admin_, &AdminService::Stub::ExportStudy,
              Named<apogee::v1::ExportStudyRequest>(study));
}

absl::StatusOr<apogee::v1::ExportTrialsResponse> Client::ExportTrials(
    const apogee::v1::ExportTrialsRequest& request) const {
  return Call("ExportTrials", *admin_, &AdminService::Stub::ExportTrials,
              request);
}

absl::StatusOr<vizier::Study> Client::ImportStudy(
    const apogee::v1::ImportStudyRequest& request) const {
  return Call("ImportStudy", *admin_, &AdminService::Stub::ImportStudy,
              request);
}

absl::Status Client::ImportTrials(
    const apogee::v1::ImportTrialsRequest& request) const {
  return Call("ImportTrials", *admin_, &AdminService::Stub::ImportTrials,
              request)
      .status();
}

}  // namespace apogee
