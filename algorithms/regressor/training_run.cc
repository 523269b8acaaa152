#include "algorithms/regressor/training_run.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Of the studies that can be judged by, one in so many is held out.
constexpr size_t kOneIn = 10;
constexpr size_t kMostHeldOut = 16;
constexpr int kCheckpoints = 10;
// Trials of a study that are known when a regressor is judged, and that it is
// judged by.
constexpr size_t kKnown = 10;
constexpr size_t kMostJudged = 50;
constexpr int64_t kFeasibleJudged = 2;

// A study as it is judged by.
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

absl::StatusOr<StudySplit> SplitStudies(std::vector<NamedStudy> studies,
                                        absl::Span<const std::string> keys) {
  APOGEE_CHECK(keys.size() == studies.size());
  // Key and place of those that can be judged by.
  std::vector<std::pair<absl::string_view, size_t>> order;
  order.reserve(studies.size());
  for (size_t i = 0; i < studies.size(); ++i) {
    RETURN_IF_ERROR(CheckStudy(studies[i]));
    if (CanBeJudgedBy(studies[i])) order.emplace_back(keys[i], i);
  }
  if (studies.size() < 2 || order.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there are ", studies.size(), " studies, ", order.size(),
        " of them with enough feasible trials to judge a regressor by; at "
        "least 2 studies are needed, and one to judge by"));
  }
  std::sort(order.begin(), order.end());
  order.resize(std::clamp<size_t>(order.size() / kOneIn, 1, kMostHeldOut));
  std::vector<bool> is_held_out(studies.size());
  for (const auto& [key, place] : order) is_held_out[place] = true;
  StudySplit split;
  split.training.reserve(studies.size() - order.size());
  split.held_out.reserve(order.size());
  for (size_t i = 0; i < studies.size(); ++i) {
    (is_held_out[i] ? split.held_out : split.training)
        .push_back(std::move(studies[i]));
  }
  return split;
}

absl::StatusOr<Score> ScoreStudies(const Regressor& regressor,
                                   absl::Span<const NamedStudy> held_out) {
  Score mean{0, 0};
  const auto size = static_cast<double>(held_out.size());
  for (const NamedStudy& study : held_out) {
    const Exam exam = MakeExam(study);
    ASSIGN_OR_RETURN(const Score score, ScoreStudy(regressor, study.text,
                                                   exam.known, exam.judged));
    mean.error += score.error / size;
    mean.rank_correlation += score.rank_correlation / size;
  }
  return mean;
}

double Quality(const Score& score) {
  return score.rank_correlation - score.error;
}

absl::StatusOr<TrainingRun> TrainingRun::Start(ModelKind kind,
                                               const NetworkShape& shape,
                                               const StudySplit& studies,
                                               uint64_t seed) {
  ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                   kind == ModelKind::kText
                       ? NewTextTrainer(studies.training, shape, seed)
                       : NewContextTrainer(studies.training, shape, seed));
  return TrainingRun(std::move(trainer), studies.held_out);
}

absl::Status TrainingRun::Step(double progress) {
  loss_ += trainer_->Step(progress);
  ++batches_;
  ++steps_;
  const double next =
      static_cast<double>(curve_.size() + 1) / double{kCheckpoints};
  return progress < next ? absl::OkStatus() : Judge(progress);
}

absl::Status TrainingRun::Judge(double progress) {
  ASSIGN_OR_RETURN(const Score score,
                   ScoreStudies(trainer_->regressor(), held_out_));
  curve_.push_back(
      {progress, steps_, loss_ / static_cast<double>(batches_), score});
  loss_ = 0;
  batches_ = 0;
  if (best_.empty() || Quality(score) > Quality(best_score_)) {
    best_ = trainer_->regressor().Serialize();
    best_score_ = score;
  }
  return absl::OkStatus();
}

}  // namespace apogee
