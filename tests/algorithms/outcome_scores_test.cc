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
using testing::IsEmpty;

Outcome Safe(double value) { return {.objectives = {value}}; }
Outcome Unsafe(double violation) {
  return {.violation = violation, .objectives = {1e9}};
}
Outcome Infeasible() {
  return {.violation = std::numeric_limits<double>::infinity()};
}

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
  const std::vector<double> scores =
      ValueScores({Unsafe(0.1), Safe(-1e9), Infeasible(), Safe(2)});
  EXPECT_LT(scores[2], scores[0]);
  EXPECT_LT(scores[0], scores[1]);
  EXPECT_LT(scores[1], scores[3]);
}

TEST(MeritsTest, OthersAreWorthTheWorstThatKeptTheConstraints) {
  EXPECT_THAT(Merits({Safe(3), Infeasible(), Safe(1), Unsafe(2), Safe(2)}),
              ElementsAre(3, 1, 1, 1, 2));
}

TEST(MeritsTest, WithoutSafeOnesViolationsCount) {
  EXPECT_THAT(Merits({Unsafe(2), Infeasible(), Unsafe(1)}),
              ElementsAre(-2, -2, -1));
}

TEST(MeritsTest, AFailedRunDoesNotOutweighTheOthers) {
  EXPECT_THAT(Merits({Safe(1), Safe(2), Safe(3), Safe(4), Safe(-1e300)}),
              ElementsAre(1, 2, 3, 4,
                          testing::AllOf(testing::Ge(-10), testing::Lt(1))));
}

TEST(MeritsTest, NothingKnownIsAllTheSame) {
  EXPECT_THAT(Merits({Infeasible(), Infeasible()}), Each(0));
  EXPECT_THAT(Merits({}), IsEmpty());
}

}  // namespace
}  // namespace apogee
