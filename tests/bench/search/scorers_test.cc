#include "tests/bench/search/scorers.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::ElementsAre;

TEST(BestScorerTest, ChoosesByWhatWasMeasuredAndScoresByWhatIsTrue) {
  const auto scorer = BestScorer({.best = 10, .unit = 2});
  EXPECT_TRUE(std::isinf(scorer->Get().regret));
  scorer->Add({.measured = {5}, .exact = {9}, .report = 1});
  EXPECT_EQ(scorer->Get().regret, 0.5);
  scorer->Add({.measured = {6}, .exact = {4}, .report = 2});
  EXPECT_EQ(scorer->Get().regret, 3);
  EXPECT_EQ(scorer->Get().value, 4);
  EXPECT_EQ(scorer->Get().report, 2);
  scorer->Add({.measured = {5.5}, .exact = {10}});
  EXPECT_EQ(scorer->Get().regret, 3);
}

TEST(BestScorerTest, WhatIsBeyondTheLimitDoesNotCount) {
  const auto scorer = BestScorer(
      {.minimize = true, .limit = 3, .best = 1, .regret_of_nothing = 7});
  scorer->Add({.measured = {1, 4}, .exact = {1, 4}});
  EXPECT_EQ(scorer->Get().regret, 7);
  scorer->Add({.measured = {5, 3}, .exact = {5, 3}});
  EXPECT_EQ(scorer->Get().regret, 4);
}

TEST(LimitsScorerTest, IsTheMeanOverLimitsEachCapped) {
  const auto scorer = LimitsScorer({{.limit = 1, .best = 10, .unit = 10},
                                    {.limit = 2, .best = 20, .unit = 10}},
                                   2);
  EXPECT_EQ(scorer->Get().regret, 2);
  scorer->Add({.measured = {15, 2}, .exact = {15, 2}});
  EXPECT_EQ(scorer->Get().regret, (2 + 0.5) / 2);
  scorer->Add({.measured = {5, 1}, .exact = {5, 1}});
  EXPECT_EQ(scorer->Get().regret, (0.5 + 0.5) / 2);
  scorer->Add({.measured = {-90, 0}, .exact = {-90, 0}});
  EXPECT_EQ(scorer->Get().regret, 0.5);
  EXPECT_THAT(scorer->Front(),
              testing::UnorderedElementsAre(
                  ElementsAre(15, 2), ElementsAre(5, 1), ElementsAre(-90, 0)));
}

TEST(VolumeScorerTest, ScalesAndTurnsWhatIsToBeMaximized) {
  // The first is to be maximized: 100 is ideal.
  const VolumeScale scale = {.ideal = {100, 0}, .nadir = {0, 10}, .best = 1.21};
  const auto scorer = VolumeScorer(scale);
  EXPECT_EQ(scorer->Get().value, 0);
  scorer->Add({.measured = {100, 5}, .exact = {100, 5}});
  EXPECT_NEAR(scorer->Get().value, 1.1 * 0.6, 1e-12);
  scorer->Add({.measured = {100, 0}, .exact = {100, 0}});
  EXPECT_NEAR(scorer->Get().regret, 0, 1e-12);
  ASSERT_EQ(scorer->Front().size(), 1);
  EXPECT_THAT(scorer->Front()[0], ElementsAre(100, 0));
}

TEST(VolumeScorerTest, IsTheVolumeOfAllPointsWhateverTheirOrder) {
  const VolumeScale scale = {
      .ideal = {0, 0, 0}, .nadir = {1, 2, 1}, .best = 1.331};
  const auto scorer = VolumeScorer(scale);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  std::vector<std::vector<double>> points;
  for (int i = 0; i < 300; ++i) {
    points.push_back({uniform(random), uniform(random), uniform(random)});
    scorer->Add({.measured = points.back(), .exact = points.back()});
    if (i % 20 == 0) {
      EXPECT_NEAR(scorer->Get().value, ScaledVolume(points, scale), 1e-12);
    }
  }
}

}  // namespace
}  // namespace apogee
