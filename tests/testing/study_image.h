#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "storage/datastore.h"

namespace apogee {

// All rows of a study, as a store gives them.
struct StudyImage final : StudySink {
  StudyRow study;
  std::vector<TrialRow> trials;
  std::vector<MeasurementRow> measurements;
  std::vector<OperationRow> operations;

  absl::Status TakeStudy(StudyRow row) override {
    study = std::move(row);
    return absl::OkStatus();
  }
  absl::Status TakeTrial(TrialRow row) override {
    trials.push_back(std::move(row));
    return absl::OkStatus();
  }
  absl::Status TakeMeasurement(MeasurementRow row) override {
    measurements.push_back(std::move(row));
    return absl::OkStatus();
  }
  absl::Status TakeOperation(OperationRow row) override {
    operations.push_back(std::move(row));
    return absl::OkStatus();
  }
};

inline absl::StatusOr<StudyImage> LoadImage(Datastore& store,
                                            const StudyName& study) {
  StudyImage image;
  RETURN_IF_ERROR(store.Load(study, image));
  return image;
}

}  // namespace apogee
