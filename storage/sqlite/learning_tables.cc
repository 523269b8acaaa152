#include "storage/sqlite/learning_tables.h"

#include <sqlite3.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/engine_rules.h"

namespace apogee {
namespace {

constexpr char kRegressorColumns[] =
    "version, owner, create_time, chosen_time, report, studies";

// Calls `take` at each row.
template <typename Take>
absl::Status ForEachRow(Statement& select, Take take) {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) {
      return absl::OkStatus();
    }
    take(select);
  }
}

RegressorRow TakeRegressor(Statement& row) {
  RegressorRow regressor;
  regressor.version = row.TakeInt();
  regressor.owner = row.TakeBytes();
  regressor.create_time = absl::FromUnixMicros(row.TakeInt());
  if (const std::optional<int64_t> chosen = row.TakeOptionalInt()) {
    regressor.chosen_time = absl::FromUnixMicros(*chosen);
  }
  regressor.report_json = row.TakeBytes();
  regressor.studies_json = row.TakeBytes();
  return regressor;
}

absl::StatusOr<int64_t> FindStudy(const Connection& connection,
                                  const StudyName& study) {
  const std::string name = study.ToString();
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT study_key FROM studies WHERE name = ?"));
  ASSIGN_OR_RETURN(const bool found, select.BindText(name).Step());
  if (!found) {
    return NoSuchStudy(study);
  }
  return select.TakeInt();
}

// Runs a statement that concerns one regressor.
absl::Status Change(const Connection& connection, Statement& change,
                    int64_t version) {
  RETURN_IF_ERROR(change.Run());
  return sqlite3_changes64(connection.handle()) > 0 ? absl::OkStatus()
                                                    : NoSuchRegressor(version);
}

}  // namespace

absl::StatusOr<StudyOutline> ReadOutline(const Connection& connection,
                                         const StudyName& study) {
  const std::string name = study.ToString();
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT proto, sharing FROM studies WHERE name = ?"));
  ASSIGN_OR_RETURN(const bool found, select.BindText(name).Step());
  if (!found) {
    return NoSuchStudy(study);
  }
  StudyOutline outline;
  outline.proto = select.TakeBytes();
  outline.sharing = select.TakeBytes();
  return outline;
}

absl::StatusOr<std::vector<StudyOutline>> ReadShared(
    const Connection& connection, const SharedQuery& query) {
  ASSIGN_OR_RETURN(Statement select,
                   connection.Prepare(absl::StrCat(
                       "SELECT proto, sharing FROM studies WHERE ",
                       query.owner ? "owner = ? AND sharing IS NOT NULL"
                                   : "sharing = 'SERVER'",
                       " ORDER BY study_key DESC LIMIT ?")));
  if (query.owner) {
    select.BindText(*query.owner);
  }
  select.BindInt(int64_t{query.limit});
  std::vector<StudyOutline> studies;
  RETURN_IF_ERROR(ForEachRow(select, [&](Statement& row) {
    StudyOutline& outline = studies.emplace_back();
    outline.proto = row.TakeBytes();
    outline.sharing = row.TakeBytes();
  }));
  return studies;
}

absl::StatusOr<std::vector<std::string>> ReadSharingOwners(
    const Connection& connection) {
  // In the words of the index.
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT DISTINCT owner FROM studies WHERE "
                         "sharing IS NOT NULL AND sharing = 'OWNER' "
                         "ORDER BY owner"));
  std::vector<std::string> owners;
  RETURN_IF_ERROR(ForEachRow(
      select, [&](Statement& row) { owners.push_back(row.TakeBytes()); }));
  return owners;
}

absl::StatusOr<std::vector<TrialOutline>> ReadFinished(
    const Connection& connection, const StudyName& study, int limit) {
  ASSIGN_OR_RETURN(const int64_t key, FindStudy(connection, study));
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          "SELECT state = 'SUCCEEDED', parameters, final_metrics FROM ("
          "SELECT finished, state, parameters, final_metrics FROM trials "
          "WHERE study_key = ? ORDER BY trial_id DESC LIMIT ?) "
          "WHERE finished IS NOT NULL AND state <> 'LOST' ORDER BY finished"));
  select.BindInt(key).BindInt(int64_t{limit});
  std::vector<TrialOutline> trials;
  RETURN_IF_ERROR(ForEachRow(select, [&](Statement& row) {
    TrialOutline& trial = trials.emplace_back();
    trial.is_feasible = row.TakeInt() != 0;
    trial.parameters_json = row.TakeBytes();
    trial.final_metrics_json = row.TakeBytes();
  }));
  return trials;
}

absl::StatusOr<int64_t> ReadFinishedCount(const Connection& connection,
                                          const StudyName& study, int limit) {
  ASSIGN_OR_RETURN(const int64_t key, FindStudy(connection, study));
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT count(*) FROM (SELECT 1 FROM trials WHERE "
                         "study_key = ? AND finished IS NOT NULL LIMIT ?)"));
  ASSIGN_OR_RETURN(const bool found,
                   select.BindInt(key).BindInt(int64_t{limit}).Step());
  return found ? select.TakeInt() : 0;
}

absl::StatusOr<std::vector<RegressorRow>> ReadRegressors(
    const Connection& connection) {
  ASSIGN_OR_RETURN(Statement select, connection.Prepare(absl::StrCat(
                                         "SELECT ", kRegressorColumns,
                                         " FROM regressors ORDER BY version")));
  std::vector<RegressorRow> regressors;
  RETURN_IF_ERROR(ForEachRow(select, [&](Statement& row) {
    regressors.push_back(TakeRegressor(row));
  }));
  return regressors;
}

absl::StatusOr<RegressorRow> ReadRegressor(const Connection& connection,
                                           int64_t version) {
  ASSIGN_OR_RETURN(Statement select,
                   connection.Prepare(absl::StrCat("SELECT ", kRegressorColumns,
                                                   ", weights FROM regressors "
                                                   "WHERE version = ?")));
  ASSIGN_OR_RETURN(const bool found, select.BindInt(version).Step());
  if (!found) {
    return NoSuchRegressor(version);
  }
  RegressorRow row = TakeRegressor(select);
  row.weights = select.TakeBytes();
  return row;
}

absl::StatusOr<int64_t> WriteRegressor(const Connection& connection,
                                       const RegressorRow& row) {
  ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO regressors(owner, create_time, "
                         "chosen_time, report, studies, weights) "
                         "VALUES(?, ?, ?, ?, ?, ?)"));
  std::optional<int64_t> chosen;
  if (row.chosen_time) {
    chosen = absl::ToUnixMicros(*row.chosen_time);
  }
  insert.BindText(row.owner)
      .BindInt(absl::ToUnixMicros(row.create_time))
      .BindInt(chosen)
      .BindText(row.report_json)
      .BindText(row.studies_json)
      .BindBlob(row.weights);
  RETURN_IF_ERROR(insert.Run());
  return sqlite3_last_insert_rowid(connection.handle());
}

absl::Status WriteChoice(const Connection& connection, int64_t version,
                         absl::Time when) {
  ASSIGN_OR_RETURN(
      Statement update,
      connection.Prepare(
          "UPDATE regressors SET chosen_time = ? WHERE version = ?"));
  update.BindInt(absl::ToUnixMicros(when)).BindInt(version);
  return Change(connection, update, version);
}

absl::Status DeleteRegressor(const Connection& connection, int64_t version) {
  ASSIGN_OR_RETURN(
      Statement erase,
      connection.Prepare("DELETE FROM regressors WHERE version = ?"));
  return Change(connection, erase.BindInt(version), version);
}

}  // namespace apogee
