#include "algorithms/regressor/score.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "base/status_macros.h"

namespace apogee {
namespace {

// From 1; equal ones share their mean.
std::vector<double> Ranks(absl::Span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) {
      ++end;
    }
    const double rank = (static_cast<double>(begin + end) + 1) / 2;
    for (; begin < end; ++begin) ranks[order[begin]] = rank;
  }
  return ranks;
}

}  // namespace

double RankCorrelation(absl::Span<const double> a, absl::Span<const double> b) {
  const std::vector<double> x = Ranks(a);
  const std::vector<double> y = Ranks(b);
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
    xy += (x[i] - mean) * (y[i] - mean);
  }
  return xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy);
}

double RankingQuality(absl::Span<const double> scores,
                      const std::vector<bool>& positive) {
  const std::vector<double> ranks = Ranks(scores);
  double positives = 0;
  double sum = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!positive[i]) continue;
    ++positives;
    sum += ranks[i];
  }
  const double negatives = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || negatives == 0) return .5;
  return (sum - positives * (positives + 1) / 2) / (positives * negatives);
}

Score ScoreMedians(absl::Span<const double> medians,
                   absl::Span<const double> measured) {
  const auto [least, most] =
      std::minmax_element(measured.begin(), measured.end());
  const double range = std::max(*most - *least, 1e-300);
  double sum = 0;
  for (size_t i = 0; i < measured.size(); ++i) {
    sum += std::min(std::abs(medians[i] - measured[i]) / range, 1.0);
  }
  return {sum / static_cast<double>(measured.size()),
          RankCorrelation(medians, measured)};
}

absl::StatusOr<Score> ScoreStudy(const Regressor& regressor,
                                 const StudyText& study,
                                 absl::Span<const NamedTrial> finished,
                                 absl::Span<const NamedTrial> trials) {
  std::vector<NamedPoint> queries;
  std::vector<double> measured;
  queries.reserve(trials.size());
  measured.reserve(trials.size());
  for (const NamedTrial& trial : trials) {
    if (!trial.value) continue;
    queries.push_back(trial.point);
    measured.push_back(*trial.value);
  }
  if (measured.size() < 2) {
    return absl::FailedPreconditionError(
        "fewer than two feasible trials to score; give more");
  }
  ASSIGN_OR_RETURN(const std::vector<Prediction> predictions,
                   regressor.Predict(study, finished, queries));
  std::vector<double> medians;
  medians.reserve(predictions.size());
  for (const Prediction& prediction : predictions) {
    medians.push_back(prediction.Median());
  }
  return ScoreMedians(medians, measured);
}

}  // namespace apogee
