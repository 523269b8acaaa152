#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/score.h"
#include "algorithms/regressor/text_regressor.h"

namespace apogee {

// Trials of a study that regressors may know, and those behind them that they
// are judged by.
inline constexpr int kMostFinished = 40;
inline constexpr int kJudgedTrials = 50;
inline constexpr int kStudyTrials = kMostFinished + kJudgedTrials;
// How many they know.
inline constexpr int kFinished[] = {0, 5, 10, 20, 40};

// The mean scores of all contestants over studies, by contestant and number of
// finished trials. Some cannot do without trials.
using Scores = std::map<std::string, std::map<int, Score>>;
inline constexpr char kMean[] = "in-study mean";
inline constexpr char kGp[] = "GP, per study";
inline constexpr char kText[] = "R1 text, not tuned";
inline constexpr char kTuned[] = "R1 text, tuned";
inline constexpr char kContext[] = "R2 in context";

absl::StatusOr<Scores> Contest(const TextRegressor& text,
                               const ContextRegressor& context,
                               absl::Span<const NamedStudy> studies);

// How well the chance to be feasible tells the judged trials of all studies
// apart: for R1 without trials, for R2 with 20.
struct FeasibilityQuality {
  double text;
  double context;
  // Of the trials.
  double infeasible;
};
absl::StatusOr<FeasibilityQuality> JudgeFeasibility(
    const TextRegressor& text, const ContextRegressor& context,
    absl::Span<const NamedStudy> studies);

}  // namespace apogee
