#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/model_bytes.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/score.h"
#include "algorithms/regressor/trainer.h"

namespace apogee {

// Which studies are trained on and which are only judged by: 1 in 10 of those
// that can be judged by, 16 at most, at least one.
struct StudySplit {
  std::vector<NamedStudy> training;
  std::vector<NamedStudy> held_out;
};
// Each study has a key; those with the least keys are held out. With keys that
// do not depend on its trials, a study stays on its side when it grows and,
// mostly, when others come.
// FAILED_PRECONDITION  too few studies
absl::StatusOr<StudySplit> SplitStudies(std::vector<NamedStudy> studies,
                                        absl::Span<const std::string> keys);

// The mean over studies held out, each predicted from 10 of its finished trials
// or half of them.
absl::StatusOr<Score> ScoreStudies(const Regressor& regressor,
                                   absl::Span<const NamedStudy> held_out);

// What says which of two such scores is better.
double Quality(const Score& score);

// One training from the first step to the weights that are kept. Ten times on
// the way the regressor is judged on the studies held out, and the best one is
// kept. The caller says how far the way is:
//   while (time is left) run.Step(time spent / time given);
//   run.Step(1);
// The same studies, seed and progress give the same weights.
class TrainingRun {
 public:
  // The curve of learning, a point each time that it is judged.
  struct CurvePoint {
    double progress;
    int64_t steps;
    // The mean since the point before.
    double loss;
    // As ScoreStudies says.
    Score held_out;
  };

  static absl::StatusOr<TrainingRun> Start(ModelKind kind,
                                           const NetworkShape& shape,
                                           const StudySplit& studies,
                                           uint64_t seed);

  // One batch; with `progress` in [0, 1] as Trainer::Step takes it.
  absl::Status Step(double progress);

  int64_t steps() const { return steps_; }
  const std::vector<CurvePoint>& curve() const { return curve_; }
  // The weights of the best point of the curve, as TrainedRegressor::Serialize
  // gives them; empty before the first one.
  const std::string& best() const { return best_; }
  const Score& best_score() const { return best_score_; }

 private:
  TrainingRun(std::unique_ptr<Trainer> trainer,
              std::vector<NamedStudy> held_out)
      : trainer_(std::move(trainer)), held_out_(std::move(held_out)) {}
  absl::Status Judge(double progress);

  std::unique_ptr<Trainer> trainer_;
  std::vector<NamedStudy> held_out_;
  int64_t steps_ = 0;
  // Since the last point of the curve.
  double loss_ = 0;
  int64_t batches_ = 0;
  std::vector<CurvePoint> curve_;
  std::string best_;
  Score best_score_ = {};
};

}  // namespace apogee
