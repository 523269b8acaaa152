#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "apogee/v1/admin.pb.h"
#include "apogee/v1/worker.pb.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/engine/executor.h"
#include "server/engine/policy.h"
#include "server/engine/study_actor.h"
#include "server/engine/timer.h"
#include "storage/datastore.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

struct EngineOptions {
  // Threads for study steps; 0 means one per core.
  int engine_threads = 0;
  // Threads for algorithms that take long; 0 means one less than cores, at
  // least 1.
  int compute_threads = 0;
  // How long SuggestTrials waits before it answers with an open operation.
  absl::Duration suggest_wait = absl::Seconds(30);
  // A study that nobody has asked about for about this long leaves memory.
  absl::Duration study_idle = absl::Minutes(15);
  // A model in another process that studies may ask; may be null.
  std::shared_ptr<const Regressor> remote_regressor = nullptr;
  // Called with each answer of an algorithm or a remote policy, on any thread:
  // the algorithm's name, or "pythia", and how long it took. Must be quick.
  std::function<void(absl::string_view, absl::Duration)> on_suggest =
      [](absl::string_view, absl::Duration) {};
  // Called with how many trials of a study were lost: of these, how many wait
  // for the next worker, and how many were given up. As above.
  std::function<void(int, int)> on_lost = [](int, int) {};
};

// What an engine tells its monitors.
struct EngineStats {
  int64_t studies = 0;  // in memory
  StudyStats total;     // of these
  // Tasks that wait for a thread.
  int64_t engine_queue = 0;
  int64_t compute_queue = 0;
  int64_t reader_queue = 0;
};

// Everything the server does, without the wire: each method is one RPC.
//
// Thread-safe. Methods return at once and call `done` exactly once, on any
// thread, when all that the answer has seen is durable. The request must live
// until then and must have passed the checks of proto/validate.h. Errors are
// those of Study's method of the same name; INVALID_ARGUMENT when the name does
// not parse; NOT_FOUND when the study does not exist; UNAVAILABLE when the
// store has stopped taking commits.
class Engine {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;
  using Operation = google::longrunning::Operation;
  using Empty = google::protobuf::Empty;

  // None is owned. They outlive the engine's Shutdown.
  Engine(EngineOptions options, Datastore* store, const Clock* clock,
         RemotePolicy* remote);
  ~Engine();

  void CreateStudy(const vizier::CreateStudyRequest& request,
                   Done<vizier::Study> done);
  void GetStudy(const vizier::GetStudyRequest& request,
                Done<vizier::Study> done);
  void ListStudies(const vizier::ListStudiesRequest& request,
                   Done<vizier::ListStudiesResponse> done);
  void DeleteStudy(const vizier::DeleteStudyRequest& request, Done<Empty> done);
  void SetStudyState(const vizier::SetStudyStateRequest& request,
                     Done<vizier::Study> done);
  void SuggestTrials(const vizier::SuggestTrialsRequest& request,
                     Done<Operation> done);
  void GetOperation(const google::longrunning::GetOperationRequest& request,
                    Done<Operation> done);
  void CreateTrial(const vizier::CreateTrialRequest& request,
                   Done<Encoded<vizier::Trial>> done);
  void GetTrial(const vizier::GetTrialRequest& request,
                Done<Encoded<vizier::Trial>> done);
  void ListTrials(const vizier::ListTrialsRequest& request,
                  Done<Encoded<vizier::ListTrialsResponse>> done);
  void AddTrialMeasurement(const vizier::AddTrialMeasurementRequest& request,
                           Done<Encoded<vizier::Trial>> done);
  void CompleteTrial(const vizier::CompleteTrialRequest& request,
                     Done<Encoded<vizier::Trial>> done);
  void DeleteTrial(const vizier::DeleteTrialRequest& request, Done<Empty> done);
  void CheckTrialEarlyStoppingState(
      const vizier::CheckTrialEarlyStoppingStateRequest& request,
      Done<vizier::CheckTrialEarlyStoppingStateResponse> done);
  void StopTrial(const vizier::StopTrialRequest& request,
                 Done<Encoded<vizier::Trial>> done);
  void ListOptimalTrials(const vizier::ListOptimalTrialsRequest& request,
                         Done<Encoded<vizier::ListOptimalTrialsResponse>> done);
  void UpdateMetadata(const vizier::UpdateMetadataRequest& request,
                      Done<vizier::UpdateMetadataResponse> done);

  void ListStudySummaries(const apogee::v1::ListStudySummariesRequest& request,
                          Done<apogee::v1::ListStudySummariesResponse> done);
  void GetStudySummary(const apogee::v1::GetStudySummaryRequest& request,
                       Done<apogee::v1::StudySummary> done);

  void Heartbeat(const apogee::v1::HeartbeatRequest& request,
                 Done<apogee::v1::HeartbeatResponse> done);
  void ReleaseTrial(const apogee::v1::ReleaseTrialRequest& request,
                    Done<Encoded<vizier::Trial>> done);
  // Of several studies, those that are in memory.
  void ListWorkers(const apogee::v1::ListWorkersRequest& request,
                   Done<apogee::v1::ListWorkersResponse> done);

  // These read or write the whole store: one at a time, on a thread of their
  // own. Errors are those of Datastore.
  void Backup(const apogee::v1::BackupRequest& request,
              Done<apogee::v1::BackupResponse> done);
  void Check(const apogee::v1::CheckRequest& request,
             Done<apogee::v1::CheckResponse> done);
  void Vacuum(const apogee::v1::VacuumRequest& request,
              Done<apogee::v1::VacuumResponse> done);
  void ExportStudy(const apogee::v1::ExportStudyRequest& request,
                   Done<apogee::v1::StudyRecord> done);
  void ExportTrials(const apogee::v1::ExportTrialsRequest& request,
                    Done<apogee::v1::ExportTrialsResponse> done);
  // ALREADY_EXISTS when there is a study of that name.
  void ImportStudy(const apogee::v1::ImportStudyRequest& request,
                   Done<vizier::Study> done);
  void ImportTrials(const apogee::v1::ImportTrialsRequest& request,
                    Done<apogee::v1::ImportTrialsResponse> done);

  EngineStats Stats() const;

  // Sends out of memory, as soon as they have nothing to do, the studies that
  // nobody has asked about since `cutoff`. Happens by itself every now and
  // then.
  void EvictIdle(absl::Time cutoff);

  // Ends the wait of all SuggestTrials calls with UNAVAILABLE, now and from now
  // on, so that the server can stop.
  void Drain();
  // Waits for all steps and computations to end; commits may still be on their
  // way in the store. No calls may be running or follow.
  void Shutdown();

 private:
  // A study in memory.
  struct Slot {
    std::shared_ptr<StudyActor> actor;
    absl::Time last_used;
  };

  static uint64_t DrawSeed();
  // Runs `message` in the mailbox of the study; creates the actor if need be.
  void Post(const StudyName& name, StudyActor::Message message) {
    Post(name, std::move(message), &StudyActor::Post);
  }
  // By StudyActor's method `post`.
  void Post(const StudyName& name, StudyActor::Message message,
            bool (StudyActor::*post)(StudyActor::Message&));
  // Runs step(study, now, effects) -> StatusOr<T> on the study of that name.
  template <typename T, typename Step>
  void Run(const StudyName& name, Step step, Done<T> done,
           bool (StudyActor::*post)(StudyActor::Message&) = &StudyActor::Post);
  template <typename T, typename Step>
  void RunOnStudy(const std::string& study_name, Step step, Done<T> done);
  // With the trial's id as a second argument; the step is short. Renews the
  // trial's lease.
  template <typename T, typename Step>
  void RunOnTrial(const std::string& trial_name, Step step, Done<T> done);
  void Retired(const StudyActor& actor);
  bool IsDraining();
  void EvictIdleLater();

  const EngineOptions options_;
  Executor engine_;
  Executor compute_;
  Executor readers_;
  Executor admin_;
  Timer timer_;
  Regressors regressors_;
  EngineContext context_;

  mutable Mutex mutex_;
  absl::flat_hash_map<StudyName, Slot> studies_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace apogee
