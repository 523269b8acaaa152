#include "tests/bench/search/statistics.h"

#include <cmath>
#include <limits>

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

TEST(StatisticsTest, GeometricMeanHasAFloor) {
  EXPECT_NEAR(GeometricMean({0, 1}, 1e-8), 1e-4, 1e-12);
  EXPECT_NEAR(GeometricMean({1, 100}, 1e-8), 10, 1e-9);
}

}  // namespace
}  // namespace apogee
