#include "server/training/model_run.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/score.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

constexpr size_t kOneIn = 10;
constexpr size_t kMostHeldOut = 16;
constexpr int kPoints = 10;
// Trials of a study that are known when a model is judged, and that it is
// judged by.
constexpr size_t kKnown = 10;
constexpr size_t kMostJudged = 50;
constexpr int kFeasibleJudged = 2;

struct Exam {
  absl::Span<const NamedTrial> known;
  absl::Span<const NamedTrial> judged;
};

Exam MakeExam(const NamedStudy& study) {
  const auto trials = absl::MakeConstSpan(study.trials);
  const size_t known = std::min(kKnown, trials.size() / 2);
  return {trials.first(known), trials.subspan(known, kMostJudged)};
}

int64_t Feasible(absl::Span<const NamedTrial> trials) {
  return std::count_if(
      trials.begin(), trials.end(),
      [](const NamedTrial& trial) { return trial.value.has_value(); });
}

bool CanBeJudgedBy(const NamedStudy& study) {
  const Exam exam = MakeExam(study);
  return Feasible(exam.known) > 0 && Feasible(exam.judged) >= kFeasibleJudged;
}

}  // namespace

absl::StatusOr<StudySplit> SplitStudies(SharedStudies shared) {
  std::vector<std::pair<std::string, size_t>> order;
  order.reserve(shared.studies.size());
  for (size_t i = 0; i < shared.studies.size(); ++i) {
    if (CanBeJudgedBy(shared.studies[i])) {
      order.emplace_back(shared.hashes[i], i);
    }
  }
  if (shared.studies.size() < 2 || order.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there are ", shared.studies.size(),
        " studies to train on; at least 2 are needed that are shared for "
        "training (share_for_training) and have 5 finished trials that do not "
        "all measure the same"));
  }
  std::sort(order.begin(), order.end());
  order.resize(std::clamp<size_t>(order.size() / kOneIn, 1, kMostHeldOut));
  std::vector<bool> is_held_out(shared.studies.size());
  for (const auto& [hash, place] : order) is_held_out[place] = true;
  StudySplit split;
  split.training.reserve(shared.studies.size() - order.size());
  split.held_out.reserve(order.size());
  for (size_t i = 0; i < shared.studies.size(); ++i) {
    (is_held_out[i] ? split.held_out : split.training)
        .push_back(std::move(shared.studies[i]));
  }
  return split;
}

absl::StatusOr<apogee::v1::RegressorScore> ScoreStudies(
    const Regressor& regressor, absl::Span<const NamedStudy> held_out) {
  double error = 0;
  double correlation = 0;
  for (const NamedStudy& study : held_out) {
    const Exam exam = MakeExam(study);
    ASSIGN_OR_RETURN(const Score score, ScoreStudy(regressor, study.text,
                                                   exam.known, exam.judged));
    error += score.error;
    correlation += score.rank_correlation;
  }
  const auto size = static_cast<double>(held_out.size());
  apogee::v1::RegressorScore mean;
  mean.set_error(error / size);
  mean.set_rank_correlation(correlation / size);
  return mean;
}

double Quality(const apogee::v1::RegressorScore& score) {
  return score.rank_correlation() - score.error();
}

absl::StatusOr<ModelRun> ModelRun::Start(ModelKind kind,
                                         const NetworkShape& shape,
                                         const StudySplit& studies,
                                         uint64_t seed) {
  ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                   kind == ModelKind::kText
                       ? NewTextTrainer(studies.training, shape, seed)
                       : NewContextTrainer(studies.training, shape, seed));
  return ModelRun(std::move(trainer), studies.held_out);
}

absl::Status ModelRun::Step(double progress) {
  loss_ += trainer_->Step(progress);
  ++batches_;
  ++steps_;
  const double next = (curve_.points_size() + 1) / double{kPoints};
  return progress < next ? absl::OkStatus() : Judge(progress);
}

absl::Status ModelRun::Judge(double progress) {
  ASSIGN_OR_RETURN(const apogee::v1::RegressorScore score,
                   ScoreStudies(trainer_->regressor(), held_out_));
  apogee::v1::TrainingCurve::Point& point = *curve_.add_points();
  point.set_progress(progress);
  point.set_steps(steps_);
  point.set_loss(loss_ / static_cast<double>(batches_));
  *point.mutable_held_out() = score;
  loss_ = 0;
  batches_ = 0;
  if (best_.empty() || Quality(score) > Quality(best_score_)) {
    best_ = trainer_->regressor().Serialize();
    best_score_ = score;
  }
  return absl::OkStatus();
}

}  // namespace apogee
