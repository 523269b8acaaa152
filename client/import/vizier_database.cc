#include "client/import/vizier_database.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/import/foreign_database.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;

// `status` as said about the row of that name.
absl::Status About(const std::string& row, const absl::Status& status) {
  if (!absl::IsInvalidArgument(status)) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(row), ": ", status.message()));
}

absl::Status TakeStudy(const std::string& bytes, ImportSink& sink) {
  StudyRecord record;
  if (!record.mutable_study()->ParseFromString(bytes)) {
    return absl::InvalidArgumentError("it does not parse");
  }
  return sink.TakeStudy(std::move(record));
}

absl::Status TakeTrial(const std::string& bytes, ImportSink& sink) {
  TrialRecord record;
  vizier::Trial& trial = *record.mutable_trial();
  if (!trial.ParseFromString(bytes)) {
    return absl::InvalidArgumentError("it does not parse");
  }
  trial.clear_name();
  record.set_started(trial.state() != vizier::Trial::REQUESTED);
  return sink.TakeTrial(std::move(record));
}

}  // namespace

absl::StatusOr<bool> IsVizierDatabase(const Connection& file) {
  return HasTables(file,
                   {"owners", "studies", "trials", "suggestion_operations",
                    "early_stopping_operations"});
}

absl::Status ReadVizierDatabase(const Connection& file, ImportSink& sink) {
  ASSIGN_OR_RETURN(Statement studies,
                   PrepareForeign(file,
                                  "SELECT rowid, study_name, serialized_study "
                                  "FROM studies ORDER BY rowid"));
  // No index leads from a study to its trials: they are sorted once.
  ASSIGN_OR_RETURN(
      Statement trials,
      PrepareForeign(file,
                     "SELECT s.rowid, t.trial_name, t.serialized_trial "
                     "FROM trials t JOIN studies s ON s.owner_id = t.owner_id "
                     "AND s.study_id = t.study_id "
                     "ORDER BY s.rowid, t.trial_id"));
  ASSIGN_OR_RETURN(bool more_trials, NextRow(trials));
  int64_t trial_study = more_trials ? trials.TakeInt() : 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, NextRow(studies));
    if (!more) return absl::OkStatus();
    const int64_t study = studies.TakeInt();
    const std::string study_name = studies.TakeBytes();
    RETURN_IF_ERROR(About(study_name, TakeStudy(studies.TakeBytes(), sink)));
    while (more_trials && trial_study == study) {
      const std::string trial_name = trials.TakeBytes();
      RETURN_IF_ERROR(About(trial_name, TakeTrial(trials.TakeBytes(), sink)));
      ASSIGN_OR_RETURN(more_trials, NextRow(trials));
      trial_study = more_trials ? trials.TakeInt() : 0;
    }
  }
}

}  // namespace apogee
