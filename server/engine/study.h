#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "algorithms/math/pareto.h"
#include "apogee/v1/admin.pb.h"
#include "apogee/v1/worker.pb.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/arena.h"
#include "proto/encoded.h"
#include "proto/names.h"
#include "server/engine/curves.h"
#include "server/engine/leases.h"
#include "server/engine/operations.h"
#include "server/engine/problem.h"
#include "server/engine/trials.h"
#include "storage/datastore.h"
#include "vizier/pythia_service.pb.h"
#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

// What a step does beside its answer.
struct Effects {
  // Must be durable before anything that has seen the step leaves the server.
  Commit commit;
  // Open operations that the step ended.
  std::vector<Operations::Key> ended;
  // Trials that were lost: those that wait for the next worker, and those that
  // nobody gets any more.
  int reissued = 0;
  int given_up = 0;
};

// Points for the study's open operations, from an algorithm or a Pythia
// endpoint.
struct Proposal {
  struct Entry {
    vizier::TrialSuggestion* suggestion;  // in `memory`
    Trials::Origin origin;
  };
  Entry& Add() {
    using google::protobuf::Arena;
    return entries.emplace_back(
        Entry{.suggestion =
                  Arena::CreateMessage<vizier::TrialSuggestion>(memory.get())});
  }

  std::unique_ptr<google::protobuf::Arena> memory =
      std::make_unique<google::protobuf::Arena>();
  std::vector<Entry> entries;
  std::vector<vizier::UnitMetadataUpdate> metadata;
  // There are no more points and never will be.
  bool exhausted = false;
};

// A study: its trials and its rules. A pure state machine: no threads, no
// clock, no I/O. A call that is refused changes nothing.
//
// Requests must have passed the checks of proto/validate.h.
//
// Suggestions take two steps. Suggest answers at once when the worker's own or
// the REQUESTED trials are enough; otherwise its operation stays open and
// wanted() says how many points are missing. The caller gets them from wherever
// they come, however long that takes, between BeginAsk and EndAsk.
//
// A worker has its trial as long as its lease lasts (leases.h). What is lost
// becomes REQUESTED, or INFEASIBLE after the last time, and keeps its history
// (proto/lease_history.h); whoever answers first ends it, late or not.
class Study {
 public:
  // A new study. `seed` is taken when its options name none, of `given` the
  // algorithm when its spec leaves it open.
  // INVALID_ARGUMENT  as StudyProblem::Create; or the algorithm is unknown and
  //                   there is no Pythia endpoint that could run it
  static absl::StatusOr<Study> Create(const vizier::CreateStudyRequest& request,
                                      uint64_t seed, absl::Time now,
                                      Effects& effects,
                                      const StudyGivens& given = {});

  // A study as it was elsewhere, without its trials; one that was ACTIVE is
  // INACTIVE. `seed` is taken when neither the record nor the options have one.
  // Errors are those of Create.
  static absl::StatusOr<Study> Import(
      const apogee::v1::ImportStudyRequest& request, uint64_t seed,
      absl::Time now, Effects& effects);

  const StudyName& name() const { return name_; }
  const vizier::Study& proto() const { return proto_; }
  const std::shared_ptr<const StudyProblem>& problem() const {
    return problem_;
  }
  uint64_t seed() const { return seed_; }
  const Trials& trials() const { return *trials_; }
  const Operations& operations() const { return operations_; }
  // Whether an ask is out.
  bool asking() const { return asking_; }

  // NOT_FOUND  there is no such trial
  absl::StatusOr<Encoded<vizier::Trial>> GetTrial(int64_t id) const;
  // INVALID_ARGUMENT  the page token is not one of ours
  absl::StatusOr<Encoded<vizier::ListTrialsResponse>> ListTrials(
      const vizier::ListTrialsRequest& request) const;
  absl::StatusOr<Encoded<vizier::ListOptimalTrialsResponse>> ListOptimalTrials(
      const vizier::ListOptimalTrialsRequest& request);
  // NOT_FOUND  the operation never was, or is too long ago
  absl::StatusOr<google::longrunning::Operation> GetOperation(
      absl::string_view client_id, int64_t number) const;
  apogee::v1::StudySummary Summary();

  apogee::v1::StudyRecord Export() const;
  // INVALID_ARGUMENT  the page token is not one of ours
  absl::StatusOr<apogee::v1::ExportTrialsResponse> ExportTrials(
      const apogee::v1::ExportTrialsRequest& request) const;
  // FAILED_PRECONDITION  the study is ACTIVE
  // ALREADY_EXISTS       there is a trial of such an id
  // INVALID_ARGUMENT     a place in the order of finishing is taken
  absl::StatusOr<apogee::v1::ImportTrialsResponse> ImportTrials(
      const apogee::v1::ImportTrialsRequest& request, Effects& effects);

  // Any state may follow any other. Leaving ACTIVE ends the open operations
  // with FAILED_PRECONDITION. INVALID_ARGUMENT  the protocol has no such state
  absl::StatusOr<vizier::Study> SetState(vizier::Study::State state,
                                         absl::Time now, Effects& effects);
  // FAILED_PRECONDITION  the study is not ACTIVE
  absl::StatusOr<Encoded<vizier::Trial>> CreateTrial(
      const vizier::CreateTrialRequest& request, absl::Time now,
      Effects& effects);
  // NOT_FOUND            there is no such trial
  // FAILED_PRECONDITION  it is REQUESTED, and was not lost, or SUCCEEDED, or
  //                      has kMaxMeasurements
  absl::StatusOr<Encoded<vizier::Trial>> AddMeasurement(
      int64_t id, const vizier::Measurement& measurement, Effects& effects);
  // The same call again, by a worker that missed the answer, succeeds again.
  // NOT_FOUND            there is no such trial
  // FAILED_PRECONDITION  it is REQUESTED, and was not lost, or has finished in
  //                      another way
  // INVALID_ARGUMENT     there is neither a final nor any other measurement
  absl::StatusOr<Encoded<vizier::Trial>> CompleteTrial(
      int64_t id, const vizier::CompleteTrialRequest& request, absl::Time now,
      Effects& effects);
  // NOT_FOUND            there is no such trial
  // FAILED_PRECONDITION  it is REQUESTED or INFEASIBLE
  absl::StatusOr<Encoded<vizier::Trial>> StopTrial(int64_t id,
                                                   Effects& effects);
  // NOT_FOUND            there is no such trial
  // FAILED_PRECONDITION  the study is not ACTIVE
  absl::Status DeleteTrial(int64_t id, absl::Time now, Effects& effects);
  // All or nothing; a refusal is told in the response, as the protocol wants.
  // FAILED_PRECONDITION  the study is not ACTIVE
  absl::StatusOr<vizier::UpdateMetadataResponse> UpdateMetadata(
      const vizier::UpdateMetadataRequest& request, Effects& effects);

  // FAILED_PRECONDITION  the trial is neither ACTIVE nor STOPPING
  absl::Status CanJudgeStopping(int64_t id) const;
  // By the study's own rule. CanJudgeStopping holds. That a trial should stop
  // is kept in its metadata, with the reason, and answered ever after.
  StopDecision JudgeStopping(int64_t id, Effects& effects);

  // For a study that was loaded or made active: all running trials have been
  // heard of.
  void BeginLeases(absl::Time now);
  // Somebody has spoken of the trial, which may be any.
  void RenewLease(int64_t id, absl::Time now);
  // When ExpireLeases has something to do; InfiniteFuture for never.
  absl::Time next_expiry() const;
  void ExpireLeases(absl::Time now, Effects& effects);
  apogee::v1::HeartbeatResponse Heartbeat(
      const apogee::v1::HeartbeatRequest& request, absl::Time now);
  // The same call again succeeds again.
  // NOT_FOUND            there is no such trial
  // FAILED_PRECONDITION  the worker does not have it
  absl::StatusOr<Encoded<vizier::Trial>> ReleaseTrial(
      int64_t id, const apogee::v1::ReleaseTrialRequest& request,
      absl::Time now, Effects& effects);
  apogee::v1::ListWorkersResponse ListWorkers() const;

  // Where leases end, an operation that gets nothing because all is handed out
  // stays open while others are at work: it gets what they lose.
  // FAILED_PRECONDITION  the study is not ACTIVE
  // INVALID_ARGUMENT     so many trials of this study would take too much
  // memory
  absl::StatusOr<google::longrunning::Operation> Suggest(
      const vizier::SuggestTrialsRequest& request, absl::Time now,
      Effects& effects);
  // Points that open operations miss, that there may be, and that nobody has
  // been asked for.
  int64_t wanted() const;
  // From here the caller owes an EndAsk. Returns wanted().
  int64_t BeginAsk();
  // Deals the points out to the operations the ask was for, oldest first, and
  // ends them all: with what there is, or with `proposal`'s error when there is
  // nothing. Points left over become REQUESTED trials; when the study has left
  // ACTIVE meanwhile they are dropped.
  void EndAsk(absl::StatusOr<Proposal> proposal, absl::Time now,
              Effects& effects);
  // Makes the open operation durable, so that its name may leave the server.
  void Detach(const Operations::Key& key, Effects& effects);

 private:
  friend class StudyLoader;

  Study(StudyName name, vizier::Study proto,
        std::shared_ptr<const StudyProblem> problem, uint64_t seed);

  absl::Status CheckActive(absl::string_view what) const;
  absl::Status CheckBatch(int64_t count) const;
  google::longrunning::Operation ToProto(const SuggestOperation& op) const;
  // How many more trials may be handed to workers for the first time.
  int64_t BudgetLeft() const;
  // The same, what open operations will get taken off.
  int64_t RemainingBudget() const;
  // Whether a trial that is out, or about to be, may be lost.
  bool MayLose() const;
  bool HasTrial(absl::string_view client_id, int64_t id) const;
  // Whether nobody has the trial because it was lost.
  bool IsLost(int64_t id) const;
  void Lose(int64_t id, const std::string& why, absl::Time now,
            Effects& effects);
  // `trial`, which was lost, is answered all the same.
  static void TakeBack(vizier::Trial& trial);
  // Gives REQUESTED trials to open operations that wait for them.
  void ServeWaiting(absl::Time now, Effects& effects);
  void HandOutRequested(SuggestOperation& op, absl::Time now, Commit& commit);
  void HandOut(int64_t id, SuggestOperation& op, absl::Time now,
               Commit& commit);
  void EndOperation(const Operations::Key& key, absl::Status error,
                    absl::Time now, Effects& effects);
  void CompleteIfSpent(absl::Time now, Effects& effects);
  absl::Status MergeMetadata(const google::protobuf::RepeatedPtrField<
                                 vizier::UnitMetadataUpdate>& updates,
                             Commit& commit);
  void StoreDecision(int64_t id, const TrialCurves& curves,
                     const StopDecision& decision, Effects& effects);
  // Rising.
  std::vector<int64_t> OptimalTrials();
  // All of the study's row but the background, which is written once.
  void StoreStudy(Commit& commit) const;
  void StoreBackground(StudyRow& row) const;

  StudyName name_;
  vizier::Study proto_;
  std::shared_ptr<const StudyProblem> problem_;
  uint64_t seed_;
  std::unique_ptr<Trials> trials_;
  Operations operations_;
  Leases leases_;
  // How many of the oldest open operations the running ask is for.
  size_t asked_ = 0;
  bool asking_ = false;
  // The algorithm has no more points.
  bool exhausted_ = false;

  // Of the finished trials seen so far.
  ParetoFront front_;
  size_t front_seen_ = 0;  // position in trials().finished()
  int64_t front_erasures_ = 0;

  StudyCurves curves_;  // as of the last JudgeStopping
};

}  // namespace apogee
