#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/import/foreign_database.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/statement.h"

namespace apogee {

// What is asked of Optuna's tables, each for the key of a study or a trial.
struct OptunaQueries {
  Statement studies;  // study_id, study_name; without a key
  // Of a study.
  Statement directions;        // direction
  Statement study_attributes;  // key, value_json
  Statement metric_names;      // value_json
  Statement first_start;       // datetime_start
  Statement distributions;     // param_name, distribution_json
  Statement trials;            // trial_id, number, state, datetime_start,
                               // datetime_complete
  // Of a trial.
  Statement params;      // param_name, param_value
  Statement values;      // value, value_type
  Statement curve;       // step, intermediate_value, intermediate_value_type
  Statement attributes;  // key, value_json
  Statement fixed;       // value_json

  // INVALID_ARGUMENT  the tables are those of an older Optuna
  static absl::StatusOr<OptunaQueries> Prepare(const Connection& file);
};

// Calls `take` at each row of `select` for `key`, until it returns an error.
template <typename Take>
absl::Status ForEachRow(Statement& select, int64_t key, Take take) {
  select.BindInt(key);
  absl::Status taken;
  while (taken.ok()) {
    const absl::StatusOr<bool> row = NextRow(select);
    if (!row.ok()) {
      taken = row.status();
    } else if (*row) {
      taken = take(select);
    } else {
      break;
    }
  }
  select.Reset();
  return taken;
}

// The next column, which must be UTF-8.
absl::StatusOr<std::string> TakeText(Statement& row);

// The last row's first column; empty without rows.
absl::StatusOr<std::string> OneText(Statement& select, int64_t key);

// A value and the type beside it, for columns hold nothing that is not finite.
// INVALID_ARGUMENT  they do not go together
absl::StatusOr<double> TakeTypedValue(Statement& row);

}  // namespace apogee
