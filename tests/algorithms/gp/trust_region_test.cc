#include "algorithms/gp/trust_region.h"

#include "gtest/gtest.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// x and y; a switch; a number of three values.
SearchSpace Space() {
  return MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "y"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "switch"
      categorical_value_spec { values: "a" values: "b" }
    }
    parameters {
      parameter_id: "n"
      integer_value_spec { max_value: 2 }
    })pb");
}

TEST(TrustRegionTest, InsideIsNearSomeKnownPoint) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  const MatrixXd known{{0.5, 0.0}, {0.5, 0.0}, {0, 0}, {0, 0}};
  const TrustRegion region(space, features, known, 0);
  ASSERT_TRUE(region.IsLimited());
  // The switch and n do not count.
  const MatrixXd places{
      {0.3, 0.75, 0.1, 0.2}, {0.7, 0.5, 0.1, 0.5}, {1, 0, 1, 0}, {1, 0, 0, 0}};
  const VectorXd excess = region.Excess(places);
  EXPECT_NEAR(excess[0], 0, 1e-12);
  EXPECT_NEAR(excess[1], 0.05, 1e-12);
  EXPECT_NEAR(excess[2], 0, 1e-12);
  EXPECT_NEAR(excess[3], 0.1, 1e-12);
}

TEST(TrustRegionTest, TheBoxHoldsThePlaceAndIsInside) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  const MatrixXd known{{0.5, 0.0}, {0.5, 0.0}, {0, 0}, {0, 0}};
  const TrustRegion region(space, features, known, 0);
  const VectorXd place{{0.1, 0.15, 1, 1}};
  const auto [low, high] = region.Box(place);
  EXPECT_TRUE((low.array() <= place.array()).all());
  EXPECT_TRUE((high.array() >= place.array()).all());
  EXPECT_NEAR(region.Excess(low)[0], 0, 1e-12);
  EXPECT_NEAR(region.Excess(high)[0], 0, 1e-12);
}

TEST(TrustRegionTest, GrowsWithResultsUntilItIsEverything) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  const MatrixXd known = MatrixXd::Zero(4, 1);
  const MatrixXd place = VectorXd{{0.4, 0, 0, 0}};
  EXPECT_GT(TrustRegion(space, features, known, 5).Excess(place)[0], 0);
  EXPECT_EQ(TrustRegion(space, features, known, 20).Excess(place)[0], 0);
  EXPECT_FALSE(TrustRegion(space, features, known, 26).IsLimited());
}

}  // namespace
}  // namespace apogee
