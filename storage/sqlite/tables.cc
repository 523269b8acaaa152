#include "storage/sqlite/tables.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "storage/engine_rules.h"

namespace apogee {
namespace {

std::optional<int64_t> Micros(std::optional<absl::Time> time) {
  return time ? std::optional(absl::ToUnixMicros(*time)) : std::nullopt;
}

std::optional<absl::Time> TakeOptionalTime(Statement& row) {
  const std::optional<int64_t> micros = row.TakeOptionalInt();
  return micros ? std::optional(absl::FromUnixMicros(*micros)) : std::nullopt;
}

}  // namespace

const absl::string_view kPutStudy = R"(
  INSERT INTO studies(study_key, owner, study, state, algorithm, create_time,
    seed, metrics, metadata, next_trial_id, next_ordinal, next_finished,
    started_trials, proto, sharing, background)
  VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(study_key) DO UPDATE SET
    state = excluded.state,
    algorithm = excluded.algorithm,
    create_time = excluded.create_time,
    seed = excluded.seed,
    metrics = excluded.metrics,
    metadata = excluded.metadata,
    next_trial_id = excluded.next_trial_id,
    next_ordinal = excluded.next_ordinal,
    next_finished = excluded.next_finished,
    started_trials = excluded.started_trials,
    proto = excluded.proto,
    sharing = excluded.sharing,
    background = coalesce(background, excluded.background))";

const absl::string_view kStudyColumns =
    "state, algorithm, create_time, seed, metrics, metadata, next_trial_id, "
    "next_ordinal, next_finished, started_trials, proto, sharing";

void BindStudy(std::optional<int64_t> study_key, const StudyName& name,
               const StudyRow& row, Statement& put) {
  put.BindInt(study_key)
      .BindText(name.owner)
      .BindText(name.study)
      .BindText(row.state)
      .BindText(row.algorithm)
      .BindInt(absl::ToUnixMicros(row.create_time))
      .BindInt(static_cast<int64_t>(row.seed))
      .BindTextOrNull(row.metrics_json)
      .BindTextOrNull(row.metadata_json)
      .BindInt(row.next_trial_id)
      .BindInt(row.next_ordinal)
      .BindInt(row.next_finished)
      .BindInt(row.started_trials)
      .BindBlob(row.proto)
      .BindTextOrNull(row.sharing)
      .BindBlobOrNull(row.background);
}

StudyRow TakeStudy(Statement& row) {
  StudyRow study;
  study.state = row.TakeBytes();
  study.algorithm = row.TakeBytes();
  study.create_time = absl::FromUnixMicros(row.TakeInt());
  study.seed = static_cast<uint64_t>(row.TakeInt());
  study.metrics_json = row.TakeBytes();
  study.metadata_json = row.TakeBytes();
  study.next_trial_id = row.TakeInt();
  study.next_ordinal = row.TakeInt();
  study.next_finished = row.TakeInt();
  study.started_trials = row.TakeInt();
  study.proto = row.TakeBytes();
  study.sharing = row.TakeBytes();
  return study;
}

const absl::string_view kPutTrial = R"(
  INSERT INTO trials(study_key, trial_id, state, client_id, start_time,
    end_time, ordinal, finished, started, infeasible_reason, parameters,
    final_metrics, metadata, memo, proto)
  VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(study_key, trial_id) DO UPDATE SET
    state = excluded.state,
    client_id = excluded.client_id,
    start_time = excluded.start_time,
    end_time = excluded.end_time,
    ordinal = excluded.ordinal,
    finished = excluded.finished,
    started = excluded.started,
    infeasible_reason = excluded.infeasible_reason,
    parameters = excluded.parameters,
    final_metrics = excluded.final_metrics,
    metadata = excluded.metadata,
    memo = excluded.memo,
    proto = excluded.proto)";

const absl::string_view kTrialColumns =
    "trial_id, state, client_id, start_time, end_time, ordinal, finished, "
    "started, infeasible_reason, parameters, final_metrics, metadata, memo, "
    "proto";

void BindTrial(int64_t study_key, const TrialRow& row, Statement& put) {
  put.BindInt(study_key)
      .BindInt(row.id)
      .BindText(row.state)
      .BindText(row.client_id)
      .BindInt(Micros(row.start_time))
      .BindInt(Micros(row.end_time))
      .BindInt(row.ordinal)
      .BindInt(row.finished)
      .BindInt(row.started ? 1 : 0)
      .BindText(row.infeasible_reason)
      .BindTextOrNull(row.parameters_json)
      .BindTextOrNull(row.final_metrics_json)
      .BindTextOrNull(row.metadata_json)
      .BindBlob(row.memo)
      .BindBlob(row.proto);
}

TrialRow TakeTrial(Statement& row) {
  TrialRow trial;
  trial.id = row.TakeInt();
  trial.state = row.TakeBytes();
  trial.client_id = row.TakeBytes();
  trial.start_time = TakeOptionalTime(row);
  trial.end_time = TakeOptionalTime(row);
  trial.ordinal = row.TakeOptionalInt();
  trial.finished = row.TakeOptionalInt();
  trial.started = row.TakeInt() != 0;
  trial.infeasible_reason = row.TakeBytes();
  trial.parameters_json = row.TakeBytes();
  trial.final_metrics_json = row.TakeBytes();
  trial.metadata_json = row.TakeBytes();
  trial.memo = row.TakeBytes();
  trial.proto = row.TakeBytes();
  return trial;
}

const absl::string_view kPutMeasurement = R"(
  INSERT INTO measurements(study_key, trial_id, number, step, elapsed, metrics,
    proto)
  VALUES(?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(study_key, trial_id, number) DO UPDATE SET
    step = excluded.step,
    elapsed = excluded.elapsed,
    metrics = excluded.metrics,
    proto = excluded.proto)";

const absl::string_view kMeasurementColumns =
    "trial_id, number, step, elapsed, metrics, proto";

void BindMeasurement(int64_t study_key, const MeasurementRow& row,
                     Statement& put) {
  put.BindInt(study_key)
      .BindInt(row.trial_id)
      .BindInt(row.number)
      .BindInt(row.step)
      .BindInt(absl::ToInt64Microseconds(row.elapsed))
      .BindTextOrNull(row.metrics_json)
      .BindBlob(row.proto);
}

MeasurementRow TakeMeasurement(Statement& row) {
  MeasurementRow measurement;
  measurement.trial_id = row.TakeInt();
  measurement.number = row.TakeInt();
  measurement.step = row.TakeInt();
  measurement.elapsed = absl::Microseconds(row.TakeInt());
  measurement.metrics_json = row.TakeBytes();
  measurement.proto = row.TakeBytes();
  return measurement;
}

const absl::string_view kPutOperation = R"(
  INSERT INTO operations(study_key, client_id, slot, number, done, count,
    trial_ids, proto)
  VALUES(?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT(study_key, client_id, slot) DO UPDATE SET
    number = excluded.number,
    done = excluded.done,
    count = excluded.count,
    trial_ids = excluded.trial_ids,
    proto = excluded.proto)";

const absl::string_view kOperationColumns =
    "client_id, number, done, count, trial_ids, proto";

std::string FormatTrialIds(const OperationRow& row) {
  return absl::StrJoin(row.trial_ids, ",");
}

void BindOperation(int64_t study_key, const OperationRow& row,
                   absl::string_view trial_ids, Statement& put) {
  put.BindInt(study_key)
      .BindText(row.client_id)
      .BindInt(OperationSlot(row))
      .BindInt(row.number)
      .BindInt(row.done ? 1 : 0)
      .BindInt(row.count)
      .BindText(trial_ids)
      .BindBlob(row.proto);
}

absl::StatusOr<OperationRow> TakeOperation(Statement& row) {
  OperationRow operation;
  operation.client_id = row.TakeBytes();
  operation.number = row.TakeInt();
  operation.done = row.TakeInt() != 0;
  operation.count = row.TakeInt();
  const std::string trial_ids = row.TakeBytes();
  for (absl::string_view id :
       absl::StrSplit(trial_ids, ',', absl::SkipEmpty())) {
    if (!absl::SimpleAtoi(id, &operation.trial_ids.emplace_back())) {
      return absl::DataLossError(absl::StrCat(
          "operation ", operation.number, " of client \"", operation.client_id,
          "\": bad trial ids \"", trial_ids, "\""));
    }
  }
  operation.proto = row.TakeBytes();
  return operation;
}

}  // namespace apogee
