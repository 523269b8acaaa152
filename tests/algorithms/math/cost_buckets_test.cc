#include "algorithms/math/cost_buckets.h"

#include <limits>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;

TEST(CostBucketsTest, OneHoldsEverything) {
  EXPECT_EQ(CostBuckets().size(), 1);
  EXPECT_EQ(CostBuckets().Of(-1e300), 0);
  EXPECT_EQ(CostBuckets::Even(3, 3, 10).size(), 1);
  EXPECT_EQ(CostBuckets::Even(5, 3, 10).size(), 1);
}

TEST(CostBucketsTest, AreOfEqualWidthInANarrowRange) {
  const CostBuckets buckets = CostBuckets::Even(10, 20, 5);
  EXPECT_EQ(buckets.size(), 5);
  EXPECT_EQ(buckets.Of(10), 0);
  EXPECT_EQ(buckets.Of(13.9), 1);
  EXPECT_EQ(buckets.Of(14.1), 2);
  EXPECT_EQ(buckets.Of(20), 4);
  EXPECT_EQ(buckets.Of(-7), 0);
  EXPECT_EQ(buckets.Of(99), 4);
}

TEST(CostBucketsTest, AreOfEqualRatioInAWideOne) {
  const CostBuckets buckets = CostBuckets::Even(1, 1000, 3);
  EXPECT_EQ(buckets.Of(9.9), 0);
  EXPECT_EQ(buckets.Of(10.1), 1);
  EXPECT_EQ(buckets.Of(99), 1);
  EXPECT_EQ(buckets.Of(101), 2);
}

TEST(CostBucketsTest, DistinctCostsHaveTheirOwn) {
  const CostBuckets buckets = CostBuckets::Distinct({1, 2, 10});
  EXPECT_EQ(buckets.size(), 3);
  EXPECT_EQ(buckets.Of(1 - 1e-12), 0);
  EXPECT_EQ(buckets.Of(2 + 1e-12), 1);
  EXPECT_EQ(buckets.Of(10), 2);
}

TEST(CostBucketsTest, EachHasALimitButTheLast) {
  const CostBuckets buckets = CostBuckets::Even(10, 20, 5);
  EXPECT_EQ(buckets.Limit(0), 12);
  EXPECT_EQ(buckets.Limit(3), 18);
  EXPECT_EQ(buckets.Limit(4), std::numeric_limits<double>::infinity());
  EXPECT_EQ(CostBuckets().Limit(0), std::numeric_limits<double>::infinity());
}

TEST(DistinctSumsTest, AreCountedOnce) {
  EXPECT_THAT(DistinctSums({0, 1, 2}, {2, 0}, 5),
              testing::Optional(ElementsAre(0, 1, 2, 3, 4)));
  EXPECT_EQ(DistinctSums({0, 1, 2}, {2, 0}, 4), std::nullopt);
}

TEST(DistinctSumsTest, RoundingMakesNoDifference) {
  // 0.1 + 0.2 is not 0.3.
  EXPECT_THAT(DistinctSums({0.1, 0.3}, {0, 0.2}, 9),
              testing::Optional(testing::SizeIs(3)));
}

}  // namespace
}  // namespace apogee
