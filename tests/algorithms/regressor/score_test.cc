#include "algorithms/regressor/score.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

TEST(ScoreTest, RankCorrelationSeesOnlyTheOrder) {
  EXPECT_DOUBLE_EQ(RankCorrelation({1, 2, 3, 4}, {1, 10, 100, 1000}), 1);
  EXPECT_DOUBLE_EQ(RankCorrelation({1, 2, 3, 4}, {8, 6, 4, 2}), -1);
  // By hand: ranks 1 2.5 2.5 4 and 1 3 2 4.
  EXPECT_NEAR(RankCorrelation({1, 2, 2, 3}, {1, 3, 2, 4}),
              4.5 / std::sqrt(22.5), 1e-12);
  EXPECT_EQ(RankCorrelation({1, 1, 1}, {1, 2, 3}), 0);
}

TEST(ScoreTest, ErrorsAreSharesOfTheRangeAndAtMostAllOfIt) {
  const Score score = ScoreMedians({1, 2.5, 90}, {1, 2, 3});
  EXPECT_DOUBLE_EQ(score.error, (0 + .25 + 1) / 3);
  EXPECT_DOUBLE_EQ(score.rank_correlation, 1);
}

TEST(ScoreTest, RankingQualityCountsPairs) {
  EXPECT_DOUBLE_EQ(RankingQuality({.9, .8, .1}, {true, true, false}), 1);
  EXPECT_DOUBLE_EQ(RankingQuality({.9, .8, .1}, {false, true, true}), 0);
  EXPECT_DOUBLE_EQ(RankingQuality({.5, .5, .1, .9}, {true, false, true, false}),
                   1.0 / 8);
  EXPECT_DOUBLE_EQ(RankingQuality({.5, .6}, {true, true}), .5);
}

}  // namespace
}  // namespace apogee
