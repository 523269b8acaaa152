#pragma once

#include <array>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/score.h"

namespace apogee {

// Regressor::Predict, by a regressor or by anything to compare it with. Says
// FAILED_PRECONDITION when it can do nothing with the finished trials.
using Predictor = std::function<absl::StatusOr<std::vector<Prediction>>(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries)>;

// Says what the mean and deviation of the finished trials say, everywhere.
absl::StatusOr<std::vector<Prediction>> PredictMean(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries);

// How many trials of a study a predictor knows, one after the other.
inline constexpr std::array<size_t, 5> kFinishedCounts = {0, 5, 10, 20, 40};
// By how many others it is judged, at most.
inline constexpr size_t kJudgedTrials = 50;

// How well something predicts studies of which it knows few trials.
struct Report {
  struct Row {
    size_t finished;
    int studies;
    // The mean over the studies.
    Score score;
  };
  // By the number of finished trials; none where it can do nothing.
  std::vector<Row> rows;
  // The share of measurements that lie below each of kQuantiles, over all rows.
  // Who knows how much it knows has the quantile itself here.
  std::array<double, 7> below = {};
};

// Each study's first trials are known, and the last ones, kJudgedTrials at
// most, are judged by: a row has the studies that have 10 feasible ones of
// these, and 2 among the first 5. FAILED_PRECONDITION when there is no such
// study.
absl::StatusOr<Report> ReportOn(const Predictor& predictor,
                                absl::Span<const NamedStudy> studies);

}  // namespace apogee
