// Whatever a store holds is a study or an error, and such a study can be worked
// with.

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "server/engine/study_loader.h"
#include "tests/fuzz/proto_target.h"
#include "tests/fuzz/script.pb.h"
#include "tests/fuzz/script_study.h"

namespace {

using apogee::fuzz::StoredStudy;

std::string Message(const StoredStudy::Bytes& bytes) {
  switch (bytes.of_case()) {
    case StoredStudy::Bytes::kStudy:
      return bytes.study().SerializeAsString();
    case StoredStudy::Bytes::kTrial:
      return bytes.trial().SerializeAsString();
    case StoredStudy::Bytes::kMeasurement:
      return bytes.measurement().SerializeAsString();
    case StoredStudy::Bytes::kOperation:
      return bytes.operation().SerializeAsString();
    default:
      return bytes.raw();
  }
}

std::string Background(const StoredStudy& stored) {
  return stored.has_background() ? stored.background().SerializeAsString() : "";
}

absl::Status Load(const StoredStudy& stored, apogee::StudySink& sink) {
  RETURN_IF_ERROR(sink.TakeStudy({.proto = Message(stored.message()),
                                  .seed = stored.seed(),
                                  .next_trial_id = stored.next_trial_id(),
                                  .next_ordinal = stored.next_ordinal(),
                                  .next_finished = stored.next_finished(),
                                  .started_trials = stored.started_trials(),
                                  .background = Background(stored)}));
  for (const StoredStudy::TrialRow& stored_row : stored.trials()) {
    apogee::TrialRow row = {.id = stored_row.id(),
                            .proto = Message(stored_row.message()),
                            .started = stored_row.started(),
                            .memo = stored_row.memo()};
    if (stored_row.has_ordinal()) row.ordinal = stored_row.ordinal();
    if (stored_row.has_finished()) row.finished = stored_row.finished();
    RETURN_IF_ERROR(sink.TakeTrial(std::move(row)));
  }
  for (const StoredStudy::MeasurementRow& row : stored.measurements()) {
    RETURN_IF_ERROR(sink.TakeMeasurement({.trial_id = row.trial_id(),
                                          .number = row.number(),
                                          .proto = Message(row.message())}));
  }
  for (const StoredStudy::OperationRow& row : stored.operations()) {
    RETURN_IF_ERROR(sink.TakeOperation(
        {.client_id = row.client_id(),
         .number = row.number(),
         .proto = Message(row.message()),
         .done = row.done(),
         .count = row.count(),
         .trial_ids = {row.trial_ids().begin(), row.trial_ids().end()}}));
  }
  return absl::OkStatus();
}

}  // namespace

APOGEE_PROTO_TARGET(StoredStudy, stored) {
  constexpr int kMostSteps = 20;
  apogee::StudyLoader loader;
  if (!Load(stored, loader).ok()) return;
  apogee::ScriptStudy study;
  study.Take(loader.Finish());
  for (int i = 0; i < stored.steps_size() && i < kMostSteps; ++i) {
    study.Run(stored.steps(i));
  }
}
