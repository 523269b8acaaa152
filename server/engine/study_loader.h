#pragma once

#include <optional>

#include "absl/status/status.h"
#include "server/engine/regressors.h"
#include "server/engine/study.h"
#include "storage/datastore.h"

namespace apogee {

// Makes the study that a store holds.
class StudyLoader final : public StudySink {
 public:
  // Takes regressors from `regressors`, which is not owned; null loads none.
  explicit StudyLoader(Regressors* regressors = nullptr)
      : regressors_(regressors) {}

  // DATA_LOSS  the row does not parse, or contradicts an earlier one
  absl::Status TakeStudy(StudyRow row) override;
  absl::Status TakeTrial(TrialRow row) override;
  absl::Status TakeMeasurement(MeasurementRow row) override;
  absl::Status TakeOperation(OperationRow row) override;

  // Once, after a load that succeeded.
  Study Finish();

 private:
  Regressors* const regressors_;
  std::optional<Study> study_;
};

}  // namespace apogee
