#include "tests/fuzz/kept_rows.h"

#include <limits>
#include <string>
#include <utility>

#include "base/status_macros.h"

namespace apogee {

void KeptRows::Apply(const Commit& commit) {
  if (commit.erase_study) *this = KeptRows();
  if (commit.study_row) {
    std::string background = study_ ? study_->background : "";
    study_ = commit.study_row;
    if (!background.empty()) study_->background = std::move(background);
  }
  for (const TrialRow& row : commit.trials) trials_[row.id] = row;
  for (const MeasurementRow& row : commit.measurements) {
    measurements_[{row.trial_id, row.number}] = row;
  }
  for (const int64_t id : commit.erased_trials) {
    trials_.erase(id);
    measurements_.erase(
        measurements_.lower_bound({id, std::numeric_limits<int64_t>::min()}),
        measurements_.upper_bound({id, std::numeric_limits<int64_t>::max()}));
  }
  for (const OperationRow& row : commit.operations) {
    operations_[{row.client_id, row.number}] = row;
    operations_.erase({row.client_id, row.number - kOperationsKept});
  }
}

absl::Status KeptRows::Load(StudySink& sink) const {
  if (!study_) return absl::NotFoundError("there is no such study");
  RETURN_IF_ERROR(sink.TakeStudy(*study_));
  for (const auto& [key, row] : trials_) RETURN_IF_ERROR(sink.TakeTrial(row));
  for (const auto& [key, row] : measurements_) {
    RETURN_IF_ERROR(sink.TakeMeasurement(row));
  }
  for (const auto& [key, row] : operations_) {
    RETURN_IF_ERROR(sink.TakeOperation(row));
  }
  return absl::OkStatus();
}

}  // namespace apogee
