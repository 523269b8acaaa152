#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apogee/v1/admin.pb.h"
#include "base/clock.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

// What the service promises, said once more as plainly as can be: no storage,
// no threads, no caches, nothing of the engine. Each method answers at once
// what Engine's method of that name should; errors have the right code and no
// message. Points are those of the study's algorithm, asked for one by one;
// it must be one that does not learn, and the study must name its seed.
class Model {
 public:
  using Operation = google::longrunning::Operation;
  using Empty = google::protobuf::Empty;

  explicit Model(const Clock* clock) : clock_(*clock) {}

  absl::StatusOr<vizier::Study> CreateStudy(
      const vizier::CreateStudyRequest& request);
  absl::StatusOr<vizier::Study> GetStudy(
      const vizier::GetStudyRequest& request);
  absl::StatusOr<vizier::ListStudiesResponse> ListStudies(
      const vizier::ListStudiesRequest& request);
  absl::StatusOr<Empty> DeleteStudy(const vizier::DeleteStudyRequest& request);
  absl::StatusOr<vizier::Study> SetStudyState(
      const vizier::SetStudyStateRequest& request);
  absl::StatusOr<Operation> SuggestTrials(
      const vizier::SuggestTrialsRequest& request);
  absl::StatusOr<Operation> GetOperation(
      const google::longrunning::GetOperationRequest& request);
  absl::StatusOr<vizier::Trial> CreateTrial(
      const vizier::CreateTrialRequest& request);
  absl::StatusOr<vizier::Trial> GetTrial(
      const vizier::GetTrialRequest& request);
  absl::StatusOr<vizier::ListTrialsResponse> ListTrials(
      const vizier::ListTrialsRequest& request);
  absl::StatusOr<vizier::Trial> AddTrialMeasurement(
      const vizier::AddTrialMeasurementRequest& request);
  absl::StatusOr<vizier::Trial> CompleteTrial(
      const vizier::CompleteTrialRequest& request);
  absl::StatusOr<Empty> DeleteTrial(const vizier::DeleteTrialRequest& request);
  absl::StatusOr<vizier::CheckTrialEarlyStoppingStateResponse>
  CheckTrialEarlyStoppingState(
      const vizier::CheckTrialEarlyStoppingStateRequest& request);
  absl::StatusOr<vizier::Trial> StopTrial(
      const vizier::StopTrialRequest& request);
  absl::StatusOr<vizier::ListOptimalTrialsResponse> ListOptimalTrials(
      const vizier::ListOptimalTrialsRequest& request);
  absl::StatusOr<vizier::UpdateMetadataResponse> UpdateMetadata(
      const vizier::UpdateMetadataRequest& request);
  absl::StatusOr<apogee::v1::StudySummary> GetStudySummary(
      const apogee::v1::GetStudySummaryRequest& request);

  // The studies leave memory: what was not kept on disk is known no more.
  void Reload();

 private:
  struct SuggestCall {
    std::string name;
    std::vector<std::string> trial_names;
    google::protobuf::Timestamp start;
    google::protobuf::Timestamp end;
  };
  struct Study {
    vizier::Study proto;
    std::vector<vizier::Trial> trials;  // by id
    int64_t last_id = 0;                // ever given
    int64_t points = 0;                 // ever taken from the algorithm
    int64_t started = 0;                // trials ever handed to a worker
    // It has been asked for a point that does not exist.
    bool known_to_be_spent = false;
    // The last few of each worker, oldest first.
    std::map<std::string, std::deque<SuggestCall>> calls;
    std::map<std::string, int64_t> calls_ever;
  };

  google::protobuf::Timestamp Now() const;
  Study* FindStudy(const std::string& name);
  absl::StatusOr<std::pair<Study*, vizier::Trial*>> FindTrial(
      const std::string& name);
  vizier::Trial& AddTrial(Study& study, vizier::Trial trial);
  Operation Answer(const Study& study, const SuggestCall& call) const;
  static void CompleteIfSpent(Study& study);
  static std::vector<vizier::Trial> OptimalTrials(const Study& study);

  const Clock& clock_;
  std::vector<Study> studies_;  // in order of creation
};

}  // namespace apogee
