#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/engine/study.h"
#include "server/engine/suggester.h"
#include "storage/datastore.h"

namespace apogee {

// A create request for owners/o/studies/s: one parameter x in [0, 1], one
// metric "y" to maximize, RANDOM_SEARCH with seed 1; then `spec_text` (proto
// text format of a StudySpec) is merged over it.
vizier::CreateStudyRequest MakeCreateRequest(absl::string_view spec_text = "");

// A Study driven by hand, with all it commits kept as rows, so that at any
// moment it can be thrown away and loaded again.
class StudyHarness {
 public:
  explicit StudyHarness(absl::string_view spec_text = "");

  Study& study() { return *study_; }
  // What the last call committed and ended.
  const Effects& effects() const { return effects_; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);

  // Calls of Study, each as a step of its own.
  absl::StatusOr<google::longrunning::Operation> Suggest(
      const std::string& client_id, int count = 1);
  // The trials of Suggest, answered by the study's algorithm where need be.
  absl::StatusOr<std::vector<vizier::Trial>> Take(const std::string& client_id,
                                                  int count = 1);
  // Answers an open ask with the study's own algorithm.
  void AnswerAsk();
  void EndAsk(absl::StatusOr<Proposal> proposal);
  absl::StatusOr<vizier::Trial> Complete(int64_t id, double y);
  absl::StatusOr<vizier::Trial> CompleteWith(int64_t id,
                                             absl::string_view request_text);
  absl::StatusOr<vizier::Trial> Fail(int64_t id, const std::string& reason);
  absl::StatusOr<vizier::Trial> Measure(int64_t id, int64_t step, double y);
  absl::StatusOr<vizier::Trial> MeasureText(int64_t id,
                                            absl::string_view measurement_text);
  StopDecision JudgeStopping(int64_t id);
  absl::StatusOr<vizier::Trial> Create(absl::string_view trial_text);
  absl::StatusOr<vizier::Trial> Stop(int64_t id);
  absl::Status Delete(int64_t id);
  absl::Status SetState(vizier::Study::State state);
  // Time passes, and what has been silent for too long is lost.
  void Wait(absl::Duration duration);
  absl::StatusOr<vizier::Trial> Release(int64_t id,
                                        const std::string& client_id);
  apogee::v1::HeartbeatResponse Beat(const std::string& client_id,
                                     const std::vector<int64_t>& ids = {});
  absl::StatusOr<std::string> Update(absl::string_view request_text);

  // All trials, as proto text.
  std::string Trials();

  // The study as a new process would find it.
  void Restart();

 private:
  template <typename T>
  T Keep(T result);
  void Begin() { effects_ = Effects(); }

  std::optional<Study> study_;
  std::unique_ptr<Suggester> suggester_;
  Effects effects_;
  std::unique_ptr<Datastore> store_;
};

// The SuggestTrialsResponse of a done operation.
vizier::SuggestTrialsResponse ResponseOf(
    const google::longrunning::Operation& operation);

}  // namespace apogee
