#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "apogee/v1/regressor_service.pb.h"
#include "storage/datastore.h"
#include "storage/study_reader.h"

namespace apogee {

struct TrainOptions {
  // Whose studies, for whom; empty for those shared with everybody.
  std::optional<std::string> owner;
  // CPU time of this process.
  absl::Duration cpu_time = absl::Minutes(15);
  uint64_t seed = 1;
};

// Trains both models on what is shared in the store, and judges them beside
// those that are in use. Accepted are models that are better by the studies
// held out; better than chance where nothing is in use or where that has seen
// a study that is not shared any more. Tells `on_progress` after each step.
// Blocks; takes the CPU time and what reading takes.
// FAILED_PRECONDITION  too few studies are shared
absl::StatusOr<apogee::v1::TrainedModels> TrainModels(
    StudyReader& reader, const TrainOptions& options,
    const std::function<void(const apogee::v1::Training&)>& on_progress);

// How well a version predicts those of today's shared studies that a training
// would hold out. Blocks.
// NOT_FOUND            there is no such version
// FAILED_PRECONDITION  too few studies are shared
absl::StatusOr<apogee::v1::RegressorScores> EvaluateModels(StudyReader& reader,
                                                           int64_t version);

// The version that a training of this scope is to beat; null for none.
const RegressorRow* InUse(const std::vector<RegressorRow>& rows,
                          const std::string& owner);

// Whether the row's models have seen a study that is not among these hashes.
bool KnowsOthers(const RegressorRow& row,
                 const std::vector<std::string>& hashes);

// Erases all rejected versions of the owner but the newest 3: those are for
// looking at, accepted ones may be in use. Blocks.
absl::Status EraseOldRejects(Datastore& store, const std::string& owner);

}  // namespace apogee
