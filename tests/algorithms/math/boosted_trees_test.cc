#include "algorithms/math/boosted_trees.h"

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using testing::HasSubstr;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

MatrixXd RandomPoints(Index numbers, Index count, uint64_t seed) {
  MatrixXd points(numbers, count);
  RandomStream random = Rng(seed).At(0);
  for (double& each : points.reshaped()) each = random.Uniform();
  return points;
}

// A step in each of the first two numbers; the first may be missing.
double Steps(const VectorXd& point) {
  const double first = std::isnan(point[0]) ? 3 : point[0] < 0.3 ? 0 : 1;
  return first + (point[1] < 0.7 ? 0 : 2);
}

VectorXd StepsOf(const MatrixXd& points, double noise) {
  VectorXd values(points.cols());
  RandomStream random = Rng(5).At(0);
  for (Index i = 0; i < values.size(); ++i) {
    values[i] = Steps(points.col(i)) + noise * random.Normal();
  }
  return values;
}

// The mean square of what the mean of the targets misses at points.
double VarianceOf(const VectorXd& values) {
  return (values.array() - values.mean()).square().mean();
}

TEST(BoostedTreesTest, LearnsSteps) {
  // Learned exactly, and between bins.
  for (const Index count : {100, 1000}) {
    const MatrixXd points = RandomPoints(6, count, 1);
    const auto trees = BoostedTrees::Fit(points, StepsOf(points, 0.05), 1);
    ASSERT_OK(trees);
    const MatrixXd others = RandomPoints(6, 500, 2);
    const VectorXd wanted = StepsOf(others, 0);
    const auto at = trees->Predict(others);
    ASSERT_OK(at);
    EXPECT_LT((at->mean - wanted).squaredNorm() / 500,
              0.15 * VarianceOf(wanted));
  }
}

TEST(BoostedTreesTest, LearnsWhatAMissingNumberMeans) {
  MatrixXd points = RandomPoints(4, 200, 1);
  for (Index i = 0; i < 200; i += 3) points(0, i) = kMissing;
  const auto trees = BoostedTrees::Fit(points, StepsOf(points, 0.05), 1);
  ASSERT_OK(trees);
  MatrixXd others(4, 2);
  others << 0.1, kMissing, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5;
  const auto at = trees->Predict(others);
  ASSERT_OK(at);
  EXPECT_NEAR(at->mean[0], 0, 0.4);
  EXPECT_NEAR(at->mean[1], 3, 0.4);
}

TEST(BoostedTreesTest, SaysHowFarMeasurementsLieFromItsMean) {
  for (const double noise : {0.02, 0.3}) {
    const MatrixXd points = RandomPoints(4, 200, 1);
    const auto trees = BoostedTrees::Fit(points, StepsOf(points, noise), 1);
    ASSERT_OK(trees);
    const MatrixXd others = RandomPoints(4, 1000, 2);
    const VectorXd measured = StepsOf(others, noise);
    const auto at = trees->Predict(others);
    ASSERT_OK(at);
    double within = 0;
    for (Index i = 0; i < 1000; ++i) {
      const double sd =
          std::sqrt(at->sd[i] * at->sd[i] + trees->noise_variance());
      within += std::abs(measured[i] - at->mean[i]) < sd ? 0.001 : 0;
    }
    EXPECT_GT(within, 0.6);
    EXPECT_LT(within, 0.99);
  }
}

TEST(BoostedTreesTest, FollowsFromItsArgumentsAlone) {
  for (const Index count : {50, 1000}) {
    const MatrixXd points = RandomPoints(6, count, 1);
    const VectorXd values = StepsOf(points, 0.1);
    const MatrixXd others = RandomPoints(6, 50, 2);
    const auto predict = [&](uint64_t seed) {
      return *BoostedTrees::Fit(points, values, seed)->Predict(others);
    };
    const BoostedTrees::Prediction one = predict(1);
    (void)predict(3);
    const BoostedTrees::Prediction same = predict(1);
    EXPECT_EQ(one.mean, same.mean);
    EXPECT_EQ(one.sd, same.sd);
    EXPECT_NE(one.mean, predict(2).mean);
  }
}

TEST(BoostedTreesTest, OfEqualTargetsNothingIsInDoubt) {
  const auto trees =
      BoostedTrees::Fit(RandomPoints(3, 20, 1), VectorXd::Constant(20, 7), 1);
  ASSERT_OK(trees);
  const auto at = trees->Predict(RandomPoints(3, 5, 2));
  ASSERT_OK(at);
  EXPECT_EQ(at->mean, VectorXd::Constant(5, 7));
  EXPECT_EQ(at->sd, VectorXd::Zero(5));
  EXPECT_EQ(trees->noise_variance(), 0);
}

TEST(BoostedTreesTest, TwoPointsAreEnough) {
  EXPECT_OK(BoostedTrees::Fit(RandomPoints(3, 2, 1), VectorXd::Ones(2), 1));
  EXPECT_THAT(BoostedTrees::Fit(RandomPoints(3, 1, 1), VectorXd::Ones(1), 1)
                  .status()
                  .message(),
              HasSubstr("two points or more"));
}

}  // namespace
}  // namespace apogee
