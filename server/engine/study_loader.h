#pragma once

#include <optional>

#include "absl/status/status.h"
#include "server/engine/study.h"
#include "storage/datastore.h"

namespace apogee {

// Makes the study that a store holds.
class StudyLoader final : public StudySink {
 public:
  // DATA_LOSS  the row does not parse, or contradicts an earlier one
  absl::Status TakeStudy(StudyRow row) override;
  absl::Status TakeTrial(TrialRow row) override;
  absl::Status TakeMeasurement(MeasurementRow row) override;
  absl::Status TakeOperation(OperationRow row) override;

  // Once, after a load that succeeded.
  Study Finish();

 private:
  std::optional<Study> study_;
};

}  // namespace apogee
