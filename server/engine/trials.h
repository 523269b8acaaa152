#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "apogee/v1/admin.pb.h"
#include "proto/names.h"
#include "proto/scratch.h"
#include "server/engine/problem.h"
#include "storage/datastore.h"
#include "vizier/study.pb.h"

namespace apogee {

// The trials of one study: their messages, kept serialized because most are
// finished and only read now and then, and what must be found quickly.
// Every change adds the rows that make it durable to a Commit.
// Not thread-safe.
class Trials {
 public:
  // Where a trial came from, beside its message.
  struct Origin {
    std::optional<int64_t> ordinal;  // which of the algorithm's points it is
    std::string memo;                // the algorithm's note
  };

  // `problem` outlives the trials.
  Trials(StudyName study, const StudyProblem* problem);

  // Take in what the store holds: first these, in the order of StudySink, then
  // EndLoad.
  // DATA_LOSS  the row does not parse or can not be
  absl::Status Load(const StudyRow& row);
  absl::Status Load(TrialRow row);
  absl::Status Load(const MeasurementRow& row);
  void EndLoad();

  bool contains(int64_t id) const { return entries_.contains(id); }
  // NOT_FOUND  there is no such trial
  absl::Status CheckExists(int64_t id) const;
  // The rest is for trials that exist.
  vizier::Trial::State state(int64_t id) const { return entry(id).state; }
  // Whether it was lost too often, and so is INFEASIBLE
  // (proto/lease_history.h).
  bool given_up(int64_t id) const { return entry(id).given_up; }
  int measurements(int64_t id) const { return entry(id).measurements; }
  // The message, in the memory of `scratch`.
  vizier::Trial& Get(int64_t id, Scratch& scratch) const;
  const std::string& Bytes(int64_t id) const { return entry(id).bytes; }

  // The id of the first trial with an id of `from` or more; 0 if there is none.
  int64_t Next(int64_t from) const;
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  // The largest id; 0 when there are no trials.
  int64_t max_id() const;
  apogee::v1::TrialCounts Counts() const;
  // Workers that have a running trial.
  int64_t workers() const { return static_cast<int64_t>(running_of_.size()); }

  // Ids of trials in these states, oldest first.
  const std::set<int64_t>& requested() const { return requested_; }
  // REQUESTED ones that a worker has had.
  const std::set<int64_t>& lost() const { return lost_; }
  // ACTIVE and STOPPING ones, with the worker that has the trial.
  const std::map<int64_t, std::string>& running() const { return running_; }
  std::vector<int64_t> RunningOf(absl::string_view client_id) const;

  // Ids of finished trials in the order of finishing. Only ever appended to,
  // but for a trial that is erased, imported, or answered after it was given
  // up, which also changes `erasures`.
  const std::vector<int64_t>& finished() const { return finished_; }
  int64_t erasures() const { return erasures_; }
  // Signed final values of the trial finished()[position], one per metric of
  // the problem; empty when a metric is missing or not finite, or the trial is
  // INFEASIBLE. Valid until the next change.
  absl::Span<const double> SignedValues(size_t position) const;
  const std::string& memo(int64_t id) const;

  int64_t next_id() const { return next_id_; }
  int64_t next_ordinal() const { return next_ordinal_; }
  int64_t next_finished() const { return next_finished_; }
  // Trials that were ever handed to a worker, erased ones included.
  int64_t started() const { return started_; }
  // Of these, the ones that are erased.
  int64_t started_and_erased() const { return started_and_erased_; }

  // Gives `trial`, which lives in a Scratch or Arena, the next id and its name
  // and adds it. Returns the id.
  int64_t Add(vizier::Trial& trial, Origin origin, Commit& commit);
  // Replaces the trial of that id by `trial`, which has the same measurements
  // and comes from Get. One that was given up and now is not finishes anew.
  void Replace(int64_t id, vizier::Trial& trial, Commit& commit);
  void AddMeasurement(int64_t id, const vizier::Measurement& measurement,
                      Commit& commit);
  // The study row must go into the same commit, for it keeps the counters.
  void Erase(int64_t id, Commit& commit);

  // Trials with id >= `from`, by id: as many as make a page.
  apogee::v1::ExportTrialsResponse Export(int64_t from) const;
  // Whether a finished trial has this place in the order of finishing.
  bool IsPlaceTaken(int64_t place) const;
  // Adds rows as Load would take them, with ids and places that are free.
  void Import(std::vector<TrialRow> rows,
              std::vector<MeasurementRow> measurements, Commit& commit);

 private:
  // A study may have millions of them.
  struct Entry {
    std::string bytes;  // vizier.Trial
    std::string memo;
    int64_t ordinal = -1;   // of the algorithm's points; -1 for other points
    int64_t finished = -1;  // place in the order of finishing; -1 before
    int32_t measurements = 0;
    vizier::Trial::State state = vizier::Trial::STATE_UNSPECIFIED;
    bool started = false;
    bool given_up = false;
  };

  const Entry& entry(int64_t id) const { return entries_.find(id)->second; }
  void Index(int64_t id, const vizier::Trial& trial, Entry& entry);
  void Unindex(int64_t id, const Entry& entry);
  void AddFinished(int64_t id, const vizier::Trial& trial);
  void RemoveFinished(Entry& entry);
  // Leaves `trial` as it is.
  TrialRow Store(int64_t id, vizier::Trial& trial, Entry& entry);
  // The first position of finished_, before `end`, whose place is `place` or
  // later; or `end`.
  size_t FindPlace(int64_t place, size_t end) const;
  // Brings finished_ from this position on into the order of the places.
  void SortFinished(size_t from);

  const StudyName study_;
  const StudyProblem* const problem_;

  absl::btree_map<int64_t, Entry> entries_;
  std::set<int64_t> requested_;
  std::set<int64_t> lost_;
  std::map<int64_t, std::string> running_;
  absl::flat_hash_map<std::string, std::set<int64_t>> running_of_;
  std::vector<int64_t> finished_;
  // One per metric for each of finished_; NaN where there are none.
  std::vector<double> finished_values_;
  int64_t stopping_ = 0;
  int64_t succeeded_ = 0;
  int64_t given_up_ = 0;
  int64_t erasures_ = 0;
  int64_t next_id_ = 1;
  int64_t next_ordinal_ = 0;
  int64_t next_finished_ = 0;
  int64_t started_ = 0;
  int64_t started_and_erased_ = 0;
};

// Whether a trial in this state will not change state any more.
bool IsFinished(vizier::Trial::State state);

}  // namespace apogee
