#include "tests/bench/regressor/contest.h"

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "tests/bench/regressor/plain_gp.h"

namespace apogee {
namespace {

constexpr int kTuningSteps = 40;

std::vector<double> Medians(const std::vector<Prediction>& predictions) {
  std::vector<double> medians;
  medians.reserve(predictions.size());
  for (const Prediction& prediction : predictions) {
    medians.push_back(prediction.Median());
  }
  return medians;
}

// One study as contestants meet it.
struct Exam {
  explicit Exam(const NamedStudy& given) : study(given) {
    for (const NamedTrial& trial : study.trials) range.push_back(trial.point);
    for (size_t i = kMostFinished; i < study.trials.size(); ++i) {
      const NamedTrial& trial = study.trials[i];
      if (!trial.value) continue;
      queries.push_back(trial.point);
      measured.push_back(*trial.value);
    }
  }

  const NamedStudy& study;
  std::vector<NamedPoint> range;
  std::vector<NamedPoint> queries;
  std::vector<double> measured;
};

double MeanOf(absl::Span<const NamedTrial> finished) {
  double sum = 0;
  double count = 0;
  for (const NamedTrial& trial : finished) {
    if (!trial.value) continue;
    sum += *trial.value;
    ++count;
  }
  return sum / count;
}

}  // namespace

absl::StatusOr<Scores> Contest(const TextRegressor& text,
                               const ContextRegressor& context,
                               absl::Span<const NamedStudy> studies) {
  Scores sums;
  double judged = 0;
  for (const NamedStudy& study : studies) {
    const Exam exam(study);
    size_t feasible = 0;
    for (int i = 0; i < 5; ++i) feasible += study.trials[i].value ? 1 : 0;
    // The GP needs two values.
    if (exam.measured.size() < 10 || feasible < 2) continue;
    ++judged;
    const auto add = [&](const char* who, int n,
                         const std::vector<double>& medians) {
      const Score score = ScoreMedians(medians, exam.measured);
      sums[who][n].error += score.error;
      sums[who][n].rank_correlation += score.rank_correlation;
    };
    ASSIGN_OR_RETURN(const std::vector<Prediction> zero_shot,
                     text.Predict(study.text, {}, exam.queries));
    for (const int n : kFinished) {
      add(kText, n, Medians(zero_shot));
      if (n == 0) continue;
      const auto finished =
          absl::MakeConstSpan(study.trials).first(static_cast<size_t>(n));
      add(kMean, n,
          std::vector<double>(exam.measured.size(), MeanOf(finished)));
      add(kGp, n,
          PlainGpMedians(study.text, finished, exam.range, exam.queries));
      ASSIGN_OR_RETURN(const TextRegressor tuned,
                       text.Tuned(study.text, finished, kTuningSteps, 1));
      ASSIGN_OR_RETURN(const std::vector<Prediction> by_tuned,
                       tuned.Predict(study.text, {}, exam.queries));
      add(kTuned, n, Medians(by_tuned));
      ASSIGN_OR_RETURN(const std::vector<Prediction> in_context,
                       context.Predict(study.text, finished, exam.queries));
      add(kContext, n, Medians(in_context));
    }
  }
  if (judged == 0) {
    return absl::FailedPreconditionError(
        "no study has enough feasible trials to judge by; take more studies");
  }
  for (auto& [who, scores] : sums) {
    for (auto& [n, score] : scores) {
      score.error /= judged;
      score.rank_correlation /= judged;
    }
  }
  return sums;
}

absl::StatusOr<FeasibilityQuality> JudgeFeasibility(
    const TextRegressor& text, const ContextRegressor& context,
    absl::Span<const NamedStudy> studies) {
  constexpr size_t kKnown = 20;
  std::vector<bool> feasible;
  std::vector<double> by_text;
  std::vector<double> by_context;
  double infeasible = 0;
  for (const NamedStudy& study : studies) {
    const auto trials = absl::MakeConstSpan(study.trials);
    std::vector<NamedPoint> queries;
    for (const NamedTrial& trial : trials.subspan(kMostFinished)) {
      queries.push_back(trial.point);
    }
    const auto predicted_in_context =
        context.Predict(study.text, trials.first(kKnown), queries);
    // Not where all that is known is infeasible.
    if (!predicted_in_context.ok()) continue;
    ASSIGN_OR_RETURN(const std::vector<Prediction> predicted,
                     text.Predict(study.text, {}, queries));
    for (size_t i = 0; i < queries.size(); ++i) {
      feasible.push_back(trials[kMostFinished + i].value.has_value());
      infeasible += feasible.back() ? 0 : 1;
      by_text.push_back(predicted[i].p_feasible);
      by_context.push_back((*predicted_in_context)[i].p_feasible);
    }
  }
  return FeasibilityQuality{RankingQuality(by_text, feasible),
                            RankingQuality(by_context, feasible),
                            infeasible / static_cast<double>(feasible.size())};
}

}  // namespace apogee
