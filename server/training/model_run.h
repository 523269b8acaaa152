#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/model_bytes.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/trainer.h"
#include "apogee/v1/regressor_service.pb.h"
#include "server/training/shared_studies.h"

namespace apogee {

// Which studies are trained on, and which are only judged by: 1 in 10 of those
// that can be, 16 at most, at least one. A study stays on its side when it
// grows and, mostly, when others come.
struct StudySplit {
  std::vector<NamedStudy> training;
  std::vector<NamedStudy> held_out;
};
// FAILED_PRECONDITION  too few studies
absl::StatusOr<StudySplit> SplitStudies(SharedStudies shared);

// The mean over studies, each from 10 of its trials or half of them.
absl::StatusOr<apogee::v1::RegressorScore> ScoreStudies(
    const Regressor& regressor, absl::Span<const NamedStudy> held_out);

// What says which of two scores is better.
double Quality(const apogee::v1::RegressorScore& score);

// The training of one model. Ten times on the way it is judged on the studies
// held out, and the best weights are kept. The last step has progress 1.
class ModelRun {
 public:
  static absl::StatusOr<ModelRun> Start(ModelKind kind,
                                        const NetworkShape& shape,
                                        const StudySplit& studies,
                                        uint64_t seed);

  // One batch; with `progress` in [0, 1] as Trainer::Step takes it.
  absl::Status Step(double progress);

  const apogee::v1::TrainingCurve& curve() const { return curve_; }
  // As Regressor::Serialize gives them; empty before the first point of the
  // curve.
  const std::string& best() const { return best_; }
  const apogee::v1::RegressorScore& best_score() const { return best_score_; }

 private:
  ModelRun(std::unique_ptr<Trainer> trainer, std::vector<NamedStudy> held_out)
      : trainer_(std::move(trainer)), held_out_(std::move(held_out)) {}
  absl::Status Judge(double progress);

  std::unique_ptr<Trainer> trainer_;
  std::vector<NamedStudy> held_out_;
  int64_t steps_ = 0;
  // Since the last point of the curve.
  double loss_ = 0;
  int64_t batches_ = 0;
  apogee::v1::TrainingCurve curve_;
  std::string best_;
  apogee::v1::RegressorScore best_score_;
};

}  // namespace apogee
