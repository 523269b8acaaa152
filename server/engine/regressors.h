#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "algorithms/regressor/regressor.h"
#include "base/mutex.h"
#include "proto/transfer.h"
#include "storage/study_reader.h"

namespace apogee {

// The models of one training.
struct TrainedRegressors {
  std::shared_ptr<const TrainedRegressor> text;
  std::shared_ptr<const TrainedRegressor> context;
};

std::string SerializeRegressors(const TrainedRegressors& regressors);
// DATA_LOSS  they are damaged
absl::StatusOr<TrainedRegressors> ParseRegressors(const std::string& weights);

// The version that a new study of the owner works with: of those that serve it,
// what the choice names, or the one chosen last, the owner's own before the
// server's; 0 when there is none. Blocks.
// NOT_FOUND  there is no such version for this owner
absl::StatusOr<int64_t> PickRegressor(StudyReader& reader,
                                      const std::string& owner,
                                      const RegressorChoice& choice);

// Regressors of a store, each in memory once as long as a study uses it, and
// the remote one.
// Thread-safe.
class Regressors {
 public:
  // Does not own the reader. `remote` may be null.
  explicit Regressors(StudyReader* reader,
                      std::shared_ptr<const Regressor> remote = nullptr)
      : reader_(reader), remote_(std::move(remote)) {}

  // A model in another process; null when there is none.
  const std::shared_ptr<const Regressor>& remote() const { return remote_; }

  // Blocks.
  // NOT_FOUND  there is no such version
  // DATA_LOSS  it is damaged
  absl::StatusOr<TrainedRegressors> Load(int64_t version);

 private:
  struct Known {
    std::weak_ptr<const TrainedRegressor> text;
    std::weak_ptr<const TrainedRegressor> context;
  };

  StudyReader* const reader_;
  const std::shared_ptr<const Regressor> remote_;
  Mutex mutex_;
  absl::flat_hash_map<int64_t, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
