#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// How well predictions fit what was measured.
struct Score {
  // Mean distance of the medians, as a share of the range of what was measured;
  // each at most 1.
  double error;
  // Spearman's: 1 when the medians order the trials as the values do, 0 when
  // they order nothing.
  double rank_correlation;
};

// The same number of each, at least two.
Score ScoreMedians(absl::Span<const double> medians,
                   absl::Span<const double> measured);

// Of the feasible ones among `trials`, as predicted from `finished`.
absl::StatusOr<Score> ScoreStudy(const Regressor& regressor,
                                 const StudyText& study,
                                 absl::Span<const NamedTrial> finished,
                                 absl::Span<const NamedTrial> trials);

// Spearman's rank correlation; equal ones share their mean rank. 0 when all of
// one side are equal.
double RankCorrelation(absl::Span<const double> a, absl::Span<const double> b);

// The chance that a positive one has the higher score, ties counting half; .5
// when there are none of one kind.
double RankingQuality(absl::Span<const double> scores,
                      const std::vector<bool>& positive);

}  // namespace apogee
