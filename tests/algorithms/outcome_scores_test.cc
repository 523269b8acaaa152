#include "algorithms/outcome_scores.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::Eq;

Outcome Safe(double value) { return {.objectives = {value}}; }

TEST(OutcomeScoresTest, ValuesHaveMeanZeroAndMeanSquareOne) {
  EXPECT_THAT(ValueScores({Safe(1), Safe(5)}),
              ElementsAre(DoubleNear(-1, 1e-12), DoubleNear(1, 1e-12)));
  const std::vector<double> scores = ValueScores({Safe(0), Safe(1), Safe(5)});
  EXPECT_GT(scores[2] - scores[1], 3 * (scores[1] - scores[0]));
}

TEST(OutcomeScoresTest, EqualOutcomesScoreZero) {
  EXPECT_THAT(ValueScores({Safe(3), Safe(3)}), Each(Eq(0)));
  EXPECT_THAT(RankScores({Safe(3), Safe(3)}), Each(Eq(0)));
}

TEST(OutcomeScoresTest, HugeValuesStayFinite) {
  EXPECT_THAT(ValueScores({Safe(1e308), Safe(-1e308), Safe(-1e308)}),
              ElementsAre(DoubleNear(1.41421, 1e-5), DoubleNear(-0.70711, 1e-5),
                          DoubleNear(-0.70711, 1e-5)));
}

TEST(OutcomeScoresTest, RanksIgnoreDistancesAndShareTies) {
  const std::vector<double> scores =
      RankScores({Safe(1e9), Safe(1), Safe(2), Safe(1)});
  EXPECT_DOUBLE_EQ(scores[1], scores[3]);
  EXPECT_NEAR(scores[0] - scores[2], (scores[2] - scores[1]) / 1.5, 1e-12);
}

// However good its objective is.
TEST(OutcomeScoresTest, ABrokenConstraintScoresBelowAllThatKeptThem) {
  const Outcome broken = {.violation = 0.1, .objectives = {1e9}};
  const Outcome failed = {.violation = std::numeric_limits<double>::infinity()};
  const std::vector<double> scores =
      ValueScores({broken, Safe(-1e9), failed, Safe(2)});
  EXPECT_LT(scores[2], scores[0]);
  EXPECT_LT(scores[0], scores[1]);
  EXPECT_LT(scores[1], scores[3]);
}

}  // namespace
}  // namespace apogee
