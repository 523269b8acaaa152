#include "server/engine/study_loader.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/validate.h"
#include "server/engine/background.h"

namespace apogee {
namespace {

// StudyProblem wants a spec that has been checked.
absl::StatusOr<std::shared_ptr<const StudyProblem>> ReadProblem(
    const vizier::StudySpec& spec, const StudyRow& row,
    Regressors* regressors) {
  RETURN_IF_ERROR(ValidateStudySpec(spec));
  StudyGivens given{.algorithm = row.algorithm};
  if (!row.background.empty()) {
    apogee::v1::StudyBackground proto;
    if (!proto.ParseFromString(row.background)) {
      return absl::DataLossError("its background does not parse");
    }
    ASSIGN_OR_RETURN(given.background, ReadBackground(proto, regressors));
  }
  return StudyProblem::Create(spec, given);
}

}  // namespace

absl::Status StudyLoader::TakeStudy(StudyRow row) {
  vizier::Study proto;
  if (!proto.ParseFromString(row.proto)) {
    return absl::DataLossError("the stored study does not parse");
  }
  absl::StatusOr<StudyName> name = StudyName::Parse(proto.name());
  absl::StatusOr<std::shared_ptr<const StudyProblem>> problem =
      ReadProblem(proto.study_spec(), row, regressors_);
  for (const absl::Status& status : {name.status(), problem.status()}) {
    if (!status.ok()) {
      return absl::DataLossError(absl::StrCat(
          "the stored study is not one of this server: ", status.message()));
    }
  }
  study_.emplace(
      Study(*std::move(name), std::move(proto), *std::move(problem), row.seed));
  return study_->trials_->Load(row);
}

absl::Status StudyLoader::TakeTrial(TrialRow row) {
  return study_->trials_->Load(std::move(row));
}

absl::Status StudyLoader::TakeMeasurement(MeasurementRow row) {
  return study_->trials_->Load(row);
}

absl::Status StudyLoader::TakeOperation(OperationRow row) {
  return study_->operations_.Load(row);
}

Study StudyLoader::Finish() {
  study_->trials_->EndLoad();
  study_->operations_.EndLoad();
  return *std::exchange(study_, std::nullopt);
}

}  // namespace apogee
