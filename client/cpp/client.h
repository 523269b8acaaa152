#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "apogee/v1/admin.grpc.pb.h"
#include "apogee/v1/regressor_service.grpc.pb.h"
#include "apogee/v1/worker.grpc.pb.h"
#include "grpcpp/channel.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {

// A connection to HOST:PORT or unix:PATH, made when it is first needed and
// again whenever it breaks. Thread-safe; many Clients may share it.
std::shared_ptr<grpc::Channel> Connect(const std::string& server);

// How a Client waits.
struct CallPolicy {
  // For the answer to one attempt.
  absl::Duration timeout = absl::Seconds(30);
  // How long a call goes on trying while the server is UNAVAILABLE.
  absl::Duration patience = absl::ZeroDuration();
  // Ends calls that wait, with CANCELLED.
  std::stop_token stop;
};

// Blocking calls to a server. Thread-safe; copies are cheap.
//
// Errors are those of the server, and
//   UNAVAILABLE        it can not be reached, for all of the policy's patience
//   DEADLINE_EXCEEDED  it did not answer in time
//   CANCELLED          the policy's stop was requested
class Client {
 public:
  Client(const std::shared_ptr<grpc::Channel>& channel, CallPolicy policy);

  // The same connection, waiting in another way.
  Client With(CallPolicy policy) const;

  absl::StatusOr<vizier::Study> CreateStudy(
      const vizier::CreateStudyRequest& request) const;
  absl::StatusOr<vizier::Study> GetStudy(absl::string_view study) const;
  // At most `most` studies of owners/{owner}.
  absl::StatusOr<std::vector<vizier::Study>> ListStudies(
      absl::string_view parent, int most) const;
  absl::StatusOr<vizier::Study> SetStudyState(absl::string_view study,
                                              vizier::Study::State state) const;
  absl::Status DeleteStudy(absl::string_view study) const;

  // Polls an operation that the server leaves open until it ends, as long as
  // `patience` lasts beyond the first answer; the error of one that failed is
  // returned.
  absl::StatusOr<vizier::SuggestTrialsResponse> SuggestTrials(
      const vizier::SuggestTrialsRequest& request,
      absl::Duration patience = absl::InfiniteDuration()) const;
  absl::StatusOr<vizier::Trial> CreateTrial(
      const vizier::CreateTrialRequest& request) const;
  absl::StatusOr<vizier::Trial> GetTrial(absl::string_view trial) const;
  // All of the study's trials by id, fetched page by page.
  absl::StatusOr<std::vector<vizier::Trial>> ListTrials(
      absl::string_view study) const;
  // At most `most` of them, by id, with ids of `first` (1 or more) and above.
  absl::StatusOr<std::vector<vizier::Trial>> ListTrialsFrom(
      absl::string_view study, int64_t first, int most) const;
  absl::StatusOr<std::vector<vizier::Trial>> ListOptimalTrials(
      absl::string_view study) const;
  absl::StatusOr<vizier::Trial> AddTrialMeasurement(
      const vizier::AddTrialMeasurementRequest& request) const;
  absl::StatusOr<vizier::Trial> CompleteTrial(
      const vizier::CompleteTrialRequest& request) const;
  absl::StatusOr<vizier::Trial> StopTrial(absl::string_view trial) const;
  absl::Status DeleteTrial(absl::string_view trial) const;
  absl::StatusOr<bool> ShouldStopTrial(absl::string_view trial) const;

  absl::StatusOr<apogee::v1::HeartbeatResponse> Heartbeat(
      const apogee::v1::HeartbeatRequest& request) const;
  absl::StatusOr<vizier::Trial> ReleaseTrial(
      const apogee::v1::ReleaseTrialRequest& request) const;
  // Of a study, of owners/{owner}, or of all when `parent` is empty.
  absl::StatusOr<apogee::v1::ListWorkersResponse> ListWorkers(
      absl::string_view parent) const;

  absl::StatusOr<apogee::v1::StudySummary> GetStudySummary(
      absl::string_view study) const;
  // Of one owner, or of all when `parent` is empty; fetched page by page.
  absl::StatusOr<std::vector<apogee::v1::StudySummary>> ListStudySummaries(
      absl::string_view parent) const;
  absl::StatusOr<apogee::v1::ListAlgorithmsResponse> ListAlgorithms() const;
  absl::StatusOr<apogee::v1::ServerInfo> GetServerInfo() const;

  // These may take long: give them time by the policy.
  absl::Status Backup(const std::string& path) const;
  absl::StatusOr<std::vector<std::string>> Check() const;
  absl::Status Vacuum() const;
  absl::StatusOr<apogee::v1::StudyRecord> ExportStudy(
      absl::string_view study) const;
  absl::StatusOr<apogee::v1::ExportTrialsResponse> ExportTrials(
      const apogee::v1::ExportTrialsRequest& request) const;
  absl::StatusOr<vizier::Study> ImportStudy(
      const apogee::v1::ImportStudyRequest& request) const;
  absl::Status ImportTrials(
      const apogee::v1::ImportTrialsRequest& request) const;

  absl::StatusOr<apogee::v1::Training> TrainRegressor(
      const apogee::v1::TrainRegressorRequest& request) const;
  absl::StatusOr<apogee::v1::ListRegressorsResponse> ListRegressors() const;
  absl::StatusOr<apogee::v1::RegressorInfo> GetRegressor(int64_t version) const;
  // This may take long, too.
  absl::StatusOr<apogee::v1::RegressorScores> EvaluateRegressor(
      int64_t version) const;
  absl::StatusOr<apogee::v1::RegressorInfo> UseRegressor(int64_t version) const;
  absl::Status ForgetRegressor(int64_t version) const;

 private:
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(absl::string_view method, Stub& stub,
                                grpc::Status (Stub::*rpc)(grpc::ClientContext*,
                                                          const Request&,
                                                          Response*),
                                const Request& request) const;
  // Whether there is a connection, made within the policy's patience.
  absl::Status WaitUntilConnected() const;

  std::shared_ptr<grpc::Channel> channel_;
  std::shared_ptr<vizier::VizierService::Stub> vizier_;
  std::shared_ptr<apogee::v1::AdminService::Stub> admin_;
  std::shared_ptr<apogee::v1::WorkerService::Stub> workers_;
  std::shared_ptr<apogee::v1::RegressorService::Stub> regressors_;
  CallPolicy policy_;
};

// Whether the method may be called again after an answer got lost. (Trials
// suggested to a worker are suggested to it again, and the completion of a
// trial may be repeated: the server takes care of both.)
bool IsIdempotent(absl::string_view method);

// Sleeps; false when `stop` was requested meanwhile.
bool SleepUnlessStopped(absl::Duration duration, const std::stop_token& stop);

}  // namespace apogee
