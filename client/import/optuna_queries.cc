#include "client/import/optuna_queries.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/stubs/common.h"
#include "proto/print.h"

namespace apogee {

absl::StatusOr<OptunaQueries> OptunaQueries::Prepare(const Connection& file) {
  OptunaQueries queries;
  const std::pair<Statement*, absl::string_view> statements[] = {
      {&queries.studies,
       "SELECT study_id, study_name FROM studies ORDER BY study_id"},
      {&queries.directions,
       "SELECT direction FROM study_directions WHERE study_id = ? "
       "ORDER BY objective"},
      {&queries.study_attributes,
       "SELECT key, value_json FROM study_user_attributes WHERE study_id = ? "
       "ORDER BY key"},
      {&queries.metric_names,
       "SELECT value_json FROM study_system_attributes "
       "WHERE study_id = ? AND key = 'study:metric_names'"},
      {&queries.first_start,
       "SELECT min(datetime_start) FROM trials WHERE study_id = ?"},
      {&queries.distributions,
       "SELECT p.param_name, p.distribution_json, min(p.param_id) AS first "
       "FROM trials t JOIN trial_params p ON p.trial_id = t.trial_id "
       "WHERE t.study_id = ? GROUP BY 1, 2 ORDER BY first"},
      {&queries.trials,
       "SELECT trial_id, number, state, datetime_start, datetime_complete "
       "FROM trials WHERE study_id = ? ORDER BY number"},
      {&queries.params,
       "SELECT param_name, param_value FROM trial_params WHERE trial_id = ? "
       "ORDER BY param_id"},
      {&queries.values,
       "SELECT value, value_type FROM trial_values WHERE trial_id = ? "
       "ORDER BY objective"},
      {&queries.curve,
       "SELECT step, intermediate_value, intermediate_value_type "
       "FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step"},
      {&queries.attributes,
       "SELECT key, value_json FROM trial_user_attributes WHERE trial_id = ? "
       "ORDER BY key"},
      {&queries.fixed,
       "SELECT value_json FROM trial_system_attributes "
       "WHERE trial_id = ? AND key = 'fixed_params'"},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<Statement> prepared = PrepareForeign(file, sql);
    if (!prepared.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          prepared.status().message(),
          "; an older Optuna's file: run \"optuna storage upgrade\" first"));
    }
    *statement = *std::move(prepared);
  }
  return queries;
}

absl::StatusOr<std::string> TakeText(Statement& row) {
  std::string text = row.TakeBytes();
  if (!google::protobuf::internal::IsStructurallyValidUTF8(
          text.data(), static_cast<int>(text.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("text ", Quoted(text), " is not valid UTF-8"));
  }
  return text;
}

absl::StatusOr<std::string> OneText(Statement& select, int64_t key) {
  std::string text;
  RETURN_IF_ERROR(ForEachRow(select, key, [&](Statement& row) {
    text = row.TakeBytes();
    return absl::OkStatus();
  }));
  return text;
}

absl::StatusOr<double> TakeTypedValue(Statement& row) {
  const std::optional<double> value = row.TakeOptionalDouble();
  const std::string type = row.TakeBytes();
  if (type == "INF_POS") return std::numeric_limits<double>::infinity();
  if (type == "INF_NEG") return -std::numeric_limits<double>::infinity();
  if (type == "NAN") return std::numeric_limits<double>::quiet_NaN();
  if (type == "FINITE" && value) return *value;
  return absl::InvalidArgumentError(
      absl::StrCat("a value of type ", Quoted(type), " can not be read"));
}

}  // namespace apogee
