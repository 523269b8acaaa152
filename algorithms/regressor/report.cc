#include "algorithms/regressor/report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Feasible trials that a study needs among its first ones and among those that
// are judged by.
constexpr size_t kFirst = 5;
constexpr size_t kFeasibleFirst = 2;
constexpr size_t kFeasibleJudged = 10;

// The feasible ones.
std::vector<NamedTrial> Measured(absl::Span<const NamedTrial> trials) {
  std::vector<NamedTrial> measured;
  measured.reserve(trials.size());
  for (const NamedTrial& trial : trials) {
    if (trial.value) measured.push_back(trial);
  }
  return measured;
}

// Sums over studies.
struct Sums {
  int studies = 0;
  Score score = {0, 0};
  std::array<double, 7> below = {};
  double measurements = 0;
};

absl::Status AddStudy(const Predictor& predictor, const NamedStudy& study,
                      size_t finished, Sums& sums) {
  const auto trials = absl::MakeConstSpan(study.trials);
  if (trials.size() < finished + kFeasibleJudged ||
      Measured(trials.first(kFirst)).size() < kFeasibleFirst) {
    return absl::OkStatus();
  }
  const size_t judged = std::min(kJudgedTrials, trials.size() - finished);
  const std::vector<NamedTrial> measured = Measured(trials.last(judged));
  if (measured.size() < kFeasibleJudged) return absl::OkStatus();
  std::vector<NamedPoint> queries;
  std::vector<double> values;
  std::vector<double> medians;
  queries.reserve(measured.size());
  values.reserve(measured.size());
  medians.reserve(measured.size());
  for (const NamedTrial& trial : measured) {
    queries.push_back(trial.point);
    values.push_back(*trial.value);
  }
  ASSIGN_OR_RETURN(const std::vector<Prediction> predictions,
                   predictor(study.text, trials.first(finished), queries));
  for (size_t i = 0; i < values.size(); ++i) {
    medians.push_back(predictions[i].Median());
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      sums.below[q] += values[i] < predictions[i].quantiles[q] ? 1 : 0;
    }
  }
  const Score score = ScoreMedians(medians, values);
  ++sums.studies;
  sums.score.error += score.error;
  sums.score.rank_correlation += score.rank_correlation;
  sums.measurements += static_cast<double>(values.size());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Prediction>> PredictMean(
    const StudyText& /*study*/, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) {
  const std::vector<NamedTrial> measured = Measured(finished);
  if (measured.empty()) {
    return absl::FailedPreconditionError(
        "no feasible trial to take the mean of; finish one first");
  }
  const auto count = static_cast<double>(measured.size());
  double mean = 0;
  for (const NamedTrial& trial : measured) mean += *trial.value / count;
  double variance = 0;
  for (const NamedTrial& trial : measured) {
    const double off = *trial.value - mean;
    variance += off * off / std::max(count - 1, 1.0);
  }
  Prediction prediction;
  prediction.p_feasible = count / static_cast<double>(finished.size());
  for (size_t q = 0; q < kQuantiles.size(); ++q) {
    prediction.quantiles[q] = mean + kNormalQuantiles[q] * std::sqrt(variance);
  }
  return std::vector<Prediction>(queries.size(), prediction);
}

absl::StatusOr<Report> ReportOn(const Predictor& predictor,
                                absl::Span<const NamedStudy> studies) {
  Report report;
  double measurements = 0;
  bool any_study = false;
  for (const size_t finished : kFinishedCounts) {
    Sums sums;
    bool can = true;
    for (const NamedStudy& study : studies) {
      const absl::Status status = AddStudy(predictor, study, finished, sums);
      can = !absl::IsFailedPrecondition(status);
      if (!can) break;
      RETURN_IF_ERROR(status);
    }
    any_study = any_study || !can || sums.studies > 0;
    if (!can || sums.studies == 0) continue;
    report.rows.push_back({finished,
                           sums.studies,
                           {sums.score.error / sums.studies,
                            sums.score.rank_correlation / sums.studies}});
    measurements += sums.measurements;
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      report.below[q] += sums.below[q];
    }
  }
  if (!any_study) {
    return absl::FailedPreconditionError(
        "no study has enough feasible trials to judge by; take more studies");
  }
  for (double& share : report.below) share /= std::max(measurements, 1.0);
  return report;
}

}  // namespace apogee
