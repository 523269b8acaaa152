#include "algorithms/regressor/training_run.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/canonical_text.h"
#include "algorithms/regressor/tokens.h"
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
constexpr int64_t kFeasibleJudged = 5;

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
                                        uint64_t seed) {
  // Hash and place of those that can be judged by.
  std::vector<std::pair<uint64_t, size_t>> order;
  order.reserve(studies.size());
  for (size_t i = 0; i < studies.size(); ++i) {
    RETURN_IF_ERROR(CheckStudy(studies[i]));
    if (!CanBeJudgedBy(studies[i])) continue;
    const std::string text =
        CanonicalText(studies[i].text, studies[i].trials[0].point);
    order.emplace_back(StableHash(absl::StrCat(text, seed)), i);
  }
  if (studies.size() < 2 || order.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there are ", studies.size(), " studies, ", order.size(),
        " of them with enough feasible trials to judge a regressor by; two "
        "studies are needed, and one with 10 feasible trials among them"));
  }
  std::sort(order.begin(), order.end());
  order.resize(std::clamp<size_t>(order.size() / kOneIn, 1, kMostHeldOut));
  std::vector<bool> is_held_out(studies.size());
  for (const auto& [hash, place] : order) is_held_out[place] = true;
  StudySplit split;
  split.training.reserve(studies.size() - order.size());
  split.held_out.reserve(order.size());
  for (size_t i = 0; i < studies.size(); ++i) {
    (is_held_out[i] ? split.held_out : split.training)
        .push_back(std::move(studies[i]));
  }
  return split;
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
  Score sum{0, 0};
  for (const NamedStudy& study : held_out_) {
    const Exam exam = MakeExam(study);
    ASSIGN_OR_RETURN(
        const Score score,
        ScoreStudy(trainer_->regressor(), study.text, exam.known, exam.judged));
    sum.error += score.error / static_cast<double>(held_out_.size());
    sum.rank_correlation +=
        score.rank_correlation / static_cast<double>(held_out_.size());
  }
  curve_.push_back(
      {progress, steps_, loss_ / static_cast<double>(batches_), sum});
  loss_ = 0;
  batches_ = 0;
  const double quality = sum.rank_correlation - sum.error;
  if (best_.empty() || quality > best_quality_) {
    best_ = trainer_->regressor().Serialize();
    best_quality_ = quality;
  }
  return absl::OkStatus();
}

}  // namespace apogee
