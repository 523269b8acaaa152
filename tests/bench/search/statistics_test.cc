#include "tests/bench/search/statistics.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

TEST(StatisticsTest, Quantiles) {
  EXPECT_EQ(Quantile({3, 1, 2}, 0.5), 2);
  EXPECT_EQ(Quantile({4, 1, 2, 3}, 0.5), 2.5);
  EXPECT_EQ(Quantile({4, 1, 2, 3}, 0.25), 1.75);
  EXPECT_EQ(Quantile({5}, 0.75), 5);
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Quantile({1, infinite, infinite}, 0), 1);
  EXPECT_TRUE(std::isinf(Quantile({1, infinite, infinite}, 0.75)));
}

TEST(StatisticsTest, EqualValuesShareTheirRanks) {
  EXPECT_THAT(Ranks({5, 1, 5, 0}), testing::ElementsAre(3.5, 2, 3.5, 1));
}

TEST(StatisticsTest, TheRatioOfMeansHasAnInterval) {
  const auto [low, high] = RatioInterval({2, 4, 6}, {4, 8, 12});
  EXPECT_DOUBLE_EQ(low, 0.5);
  EXPECT_DOUBLE_EQ(high, 0.5);
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(i % 2);
  // Its deviation is .1.
  const auto wide = RatioInterval(values, std::vector<double>(100, 1));
  EXPECT_NEAR(wide.first, 0.4, 0.03);
  EXPECT_NEAR(wide.second, 0.6, 0.03);
}

TEST(StatisticsTest, GeometricMeanHasAFloor) {
  EXPECT_NEAR(GeometricMean({0, 1}, 1e-8), 1e-4, 1e-12);
  EXPECT_NEAR(GeometricMean({1, 100}, 1e-8), 10, 1e-9);
}

}  // namespace
}  // namespace apogee
