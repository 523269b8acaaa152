#include "algorithms/gp/output_warp.h"

#include <cmath>

#include "Eigen/Dense"
#include "base/rng.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Values = std::vector<double>;

Values Random(int count) {
  RandomStream random = Rng(1).At(0);
  Values values(static_cast<size_t>(count));
  for (double& each : values) each = random.Normal();
  return values;
}

TEST(WarpObjectiveTest, KeepsTheOrder) {
  const Values values = Random(51);
  const VectorXd labels = WarpObjective(values);
  for (size_t a = 0; a < values.size(); ++a) {
    for (size_t b = 0; b < values.size(); ++b) {
      EXPECT_EQ(values[a] < values[b],
                labels[static_cast<Index>(a)] < labels[static_cast<Index>(b)]);
    }
  }
}

TEST(WarpObjectiveTest, UnitsDoNotMatter) {
  Values values = Random(20);
  const VectorXd labels = WarpObjective(values);
  for (double& each : values) each = 1e6 + 1e3 * each;
  EXPECT_TRUE(labels.isApprox(WarpObjective(values), 1e-6));
}

TEST(WarpObjectiveTest, MeanIsZeroAndTheRangeOne) {
  const VectorXd labels = WarpObjective(Random(40));
  EXPECT_NEAR(labels.maxCoeff() - labels.minCoeff(), 1, 1e-12);
  EXPECT_NEAR(labels.mean(), 0, 1e-12);
}

TEST(WarpObjectiveTest, ADisasterDoesNotOutweighTheRest) {
  Values values = Random(20);
  values[3] = -1e300;
  const VectorXd one = WarpObjective(values);
  values[3] = -10;
  EXPECT_TRUE(one.isApprox(WarpObjective(values), 1e-12));
}

TEST(WarpObjectiveTest, ExtremeAndDegenerateValues) {
  EXPECT_EQ(WarpObjective(Values()).size(), 0);
  EXPECT_EQ(WarpObjective(Values(3, 7.0)), VectorXd::Zero(3));
  EXPECT_TRUE(WarpObjective(Values{1e308, -1e308, 0.0, 5e-324}).allFinite());
}

TEST(WarpConstraintTest, SignSaysWhetherItHolds) {
  const VectorXd labels =
      WarpConstraint(Values{5.0, 4.9, 1e300, -1e300, 6.0}, 5);
  EXPECT_EQ(labels[0], 0);
  EXPECT_LT(labels[1], 0);
  EXPECT_GT(labels[2], labels[4]);
  EXPECT_GT(labels[4], 0);
  EXPECT_LT(labels[3], labels[1]);
  EXPECT_LT(labels.cwiseAbs().maxCoeff(), 3.1);
}

}  // namespace
}  // namespace apogee
