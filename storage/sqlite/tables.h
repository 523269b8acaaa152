#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/datastore.h"
#include "storage/sqlite/statement.h"

namespace apogee {

// Rows to and from the tables of migrations/*.sql. For each table: the SQL that
// puts a row (insert or replace), the function that binds it, the columns to
// select, and the function that takes them from the current row.

extern const absl::string_view kPutStudy;
extern const absl::string_view kStudyColumns;  // but for the background
// An empty key creates the study.
void BindStudy(std::optional<int64_t> study_key, const StudyName& name,
               const StudyRow& row, Statement& put);
StudyRow TakeStudy(Statement& row);

extern const absl::string_view kPutTrial;
extern const absl::string_view kTrialColumns;
void BindTrial(int64_t study_key, const TrialRow& row, Statement& put);
TrialRow TakeTrial(Statement& row);

extern const absl::string_view kPutMeasurement;
extern const absl::string_view kMeasurementColumns;
void BindMeasurement(int64_t study_key, const MeasurementRow& row,
                     Statement& put);
MeasurementRow TakeMeasurement(Statement& row);

extern const absl::string_view kPutOperation;
extern const absl::string_view kOperationColumns;
// As the column keeps them: "1,2,3". Must live until `put` is reset.
std::string FormatTrialIds(const OperationRow& row);
void BindOperation(int64_t study_key, const OperationRow& row,
                   absl::string_view trial_ids, Statement& put);
// DATA_LOSS  the list of trials is not one
absl::StatusOr<OperationRow> TakeOperation(Statement& row);

}  // namespace apogee
