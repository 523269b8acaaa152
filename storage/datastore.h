#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/names.h"
#include "storage/study_reader.h"

namespace apogee {

// Rows are values ready for the disk: the serialized message, which is the
// truth, and beside it the columns that dashboards read. JSON columns are what
// storage/README.md documents for the views; an empty one has nothing to show.
// Times are kept to the microsecond.

struct StudyRow {
  std::string proto;  // vizier.Study, with its name
  std::string state;  // "ACTIVE", ...
  std::string algorithm;
  absl::Time create_time;
  uint64_t seed = 0;
  // [{"metric": "accuracy", "goal": "MAXIMIZE"}, ...]
  std::string metrics_json;
  // [{"ns": "", "key": "k", "value": "v"}, ...]; value null where it is a proto
  std::string metadata_json;
  // Counters as of this row. The next free ones are these or one past the
  // largest in the study's trials, whichever is larger; so a row need be
  // written only when a trial is erased.
  int64_t next_trial_id = 1;
  int64_t next_ordinal = 0;    // points given by the algorithm
  int64_t next_finished = 0;   // trials finished
  int64_t started_trials = 0;  // erased trials among those handed to workers
  // "OWNER" or "SERVER" where the study may be trained on, else empty.
  std::string sharing;
  // apogee.v1.StudyBackground; empty for none. Written once: a later row of the
  // study leaves it as it is. Lists leave it out.
  std::string background;

  friend bool operator==(const StudyRow&, const StudyRow&) = default;
};

struct TrialRow {
  int64_t id = 0;
  std::string proto;  // vizier.Trial without its measurements
  std::string state;  // "ACTIVE", ...; "LOST" when it was given up
  std::string client_id;
  std::optional<absl::Time> start_time;
  std::optional<absl::Time> end_time;
  std::string infeasible_reason;
  // {"lr": 0.1, "optimizer": "sgd"}
  std::string parameters_json;
  // {"accuracy": 0.97}; "NaN", "Infinity", "-Infinity" as text. Empty when the
  // trial has no final measurement.
  std::string final_metrics_json;
  std::string metadata_json;  // as in StudyRow
  // Which of the algorithm's points this is; empty when it came from elsewhere.
  std::optional<int64_t> ordinal;
  // Position in the order of finishing; empty until finished.
  std::optional<int64_t> finished;
  // Whether it was ever handed to a worker.
  bool started = false;
  std::string memo;  // the algorithm's note

  friend bool operator==(const TrialRow&, const TrialRow&) = default;
};

struct MeasurementRow {
  int64_t trial_id = 0;
  int64_t number = 0;  // from 0 in its trial, in order of arrival
  std::string proto;   // vizier.Measurement
  int64_t step = 0;
  absl::Duration elapsed;
  std::string metrics_json;  // as TrialRow::final_metrics_json

  friend bool operator==(const MeasurementRow&,
                         const MeasurementRow&) = default;
};

// A suggest operation. A client's last kOperationsKept are kept: number n takes
// the place of number n - kOperationsKept.
struct OperationRow {
  std::string client_id;
  int64_t number = 0;
  std::string proto;  // google.longrunning.Operation
  bool done = false;
  int64_t count = 0;               // trials asked for
  std::vector<int64_t> trial_ids;  // trials given

  friend bool operator==(const OperationRow&, const OperationRow&) = default;
};

inline constexpr int kOperationsKept = 8;

// One indivisible change to one study, made in the order of the fields.
struct Commit {
  StudyName study;
  bool erase_study = false;                  // with all that belongs to it
  std::optional<StudyRow> study_row;         // insert or replace
  std::vector<TrialRow> trials;              // insert or replace
  std::vector<MeasurementRow> measurements;  // insert or replace
  std::vector<int64_t> erased_trials;        // with their measurements
  std::vector<OperationRow> operations;      // insert or replace

  bool empty() const {
    return !erase_study && !study_row && trials.empty() &&
           measurements.empty() && erased_trials.empty() && operations.empty();
  }
};

// Takes in a stored study, row by row, so that nobody needs to hold all its
// rows at once. The rows come in the order of the methods. An error ends the
// load.
class StudySink {
 public:
  virtual ~StudySink() = default;
  virtual absl::Status TakeStudy(StudyRow row) = 0;
  virtual absl::Status TakeTrial(TrialRow row) = 0;  // by id
  // By trial id, then number.
  virtual absl::Status TakeMeasurement(MeasurementRow row) = 0;
  // By client id, then number.
  virtual absl::Status TakeOperation(OperationRow row) = 0;
};

struct ListQuery {
  std::optional<std::string> owner;  // empty lists the studies of all owners
  std::string page_token;  // from the page before; empty for the first
  int page_size = 0;       // 0 for all
};

struct StudyPage {
  std::vector<StudyRow> studies;  // in order of creation
  std::string next_page_token;    // empty on the last page
};

// What a store tells its monitors.
struct StoreStats {
  int64_t queued_commits = 0;  // not yet being written
  int64_t log_bytes = 0;       // of the write-ahead log; 0 where there is none
};

// A group of commits that was made durable together, or failed together.
struct BatchReport {
  int64_t commits = 0;
  int64_t rows = 0;
  absl::Duration elapsed;
};

struct StoreOptions {
  // Called after each batch, on the store's own thread; must be quick.
  std::function<void(const BatchReport&)> on_batch = [](const BatchReport&) {};
};

// The durable home of studies. Thread-safe. Destroying it makes durable all
// that was applied.
class Datastore : public StudyReader {
 public:
  using Done = absl::AnyInvocable<void(absl::Status) &&>;
  // Queues `commit`; calls `done` exactly once, on a thread of the store, after
  // the commit is durable or has failed. Commits become durable in call order,
  // each whole or not at all.
  // NOT_FOUND           no such study, and the commit has no study row
  // RESOURCE_EXHAUSTED  a row is larger than the store can hold
  // ABORTED             an earlier commit of the study failed so, and this one
  //                     may build on it; until the study is loaded or erased
  // UNAVAILABLE         the store takes no more commits after an I/O error
  virtual void Apply(Commit commit, Done done) = 0;

  // Blocks. Gives the study's rows to `sink`, on this thread. Sees every commit
  // that was done before the call.
  // NOT_FOUND    there is no such study
  // DATA_LOSS    the store is damaged
  // any other    the sink's own error
  virtual absl::Status Load(const StudyName& study, StudySink& sink) = 0;

  // Blocks. Sees every commit that was done before the call.
  // INVALID_ARGUMENT  the page token is not one of this store
  virtual absl::StatusOr<StudyPage> List(const ListQuery& query) = 0;

  // These block, and are durable on return.
  // UNAVAILABLE  the store takes no more commits after an I/O error
  //
  // Keeps a copy under the next version, which is returned; `row.version` does
  // not count. RESOURCE_EXHAUSTED  it is larger than the store can hold
  virtual absl::StatusOr<int64_t> AddRegressor(RegressorRow row) = 0;
  // NOT_FOUND  there is no such version
  virtual absl::Status ChooseRegressor(int64_t version, absl::Time when) = 0;
  virtual absl::Status EraseRegressor(int64_t version) = 0;

  // Blocks. Writes a copy of all that was done before the call into the new
  // file `path`, which is durable on return and a store of its own. Commits go
  // on meanwhile.
  // UNIMPLEMENTED        the engine has no files
  // ALREADY_EXISTS       there is such a file
  // FAILED_PRECONDITION  it can not be written, or is one of the store itself
  // DATA_LOSS            the store is damaged
  virtual absl::Status Backup(const std::string& path) = 0;

  // Blocks. Reads all that is stored. What is wrong with it, one line each;
  // empty when nothing is. Commits go on meanwhile.
  virtual absl::StatusOr<std::vector<std::string>> Check() = 0;

  // Blocks. Gives unused space back to the system. Commits wait meanwhile.
  // RESOURCE_EXHAUSTED  the disk has no room for a second copy
  // UNAVAILABLE         the store takes no more commits after an I/O error
  virtual absl::Status Vacuum() = 0;

  // OK while the store takes commits; else why it stopped. Does not block.
  virtual absl::Status Health() const = 0;

  // Does not block.
  virtual StoreStats Stats() const = 0;
};

}  // namespace apogee
