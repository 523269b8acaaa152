#include "algorithms/math/cma.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

using Function = std::function<double(const VectorXd&)>;

// Samples of the next generation, those with the least values first.
MatrixXd Ranked(const Cma& cma, const Function& f, int population,
                RandomStream& random) {
  std::vector<VectorXd> samples;
  samples.reserve(population);
  for (int i = 0; i < population; ++i) samples.push_back(cma.Sample(random));
  std::sort(samples.begin(), samples.end(),
            [&](const VectorXd& a, const VectorXd& b) { return f(a) < f(b); });
  MatrixXd ranked(cma.dimensions(), population);
  for (int i = 0; i < population; ++i) ranked.col(i) = samples[i];
  return ranked;
}

// The value at the mean after some generations.
double Minimize(Cma& cma, const Function& f, int population, int generations,
                uint64_t seed) {
  RandomStream random = Rng(seed).At(0);
  for (int i = 0; i < generations; ++i) {
    const MatrixXd ranked = Ranked(cma, f, population, random);
    cma.Update(ranked, MatrixXd::Ones(ranked.rows(), ranked.cols()));
  }
  return f(cma.mean());
}

Cma Start(int dimensions, int population, Cma::Shape shape) {
  return Cma(VectorXd::Constant(dimensions, 1.0),
             VectorXd::Constant(dimensions, 0.5), population, shape);
}

// Long and narrow: a factor of 1e6 between the axes.
double Axes(const VectorXd& x) {
  double sum = 0;
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    sum += std::pow(1e6, static_cast<double>(i) /
                             static_cast<double>(x.size() - 1)) *
           x[i] * x[i];
  }
  return sum;
}

// The same, no longer along the coordinates.
double Oblique(const VectorXd& x) {
  VectorXd turned = x;
  for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
    const double a = turned[i];
    const double b = turned[i + 1];
    turned[i] = 0.8 * a - 0.6 * b;
    turned[i + 1] = 0.6 * a + 0.8 * b;
  }
  return Axes(turned);
}

TEST(ParentWeightsTest, FallAndSumToOne) {
  for (const int population : {4, 7, 100}) {
    const std::vector<double> weights = ParentWeights(population);
    EXPECT_EQ(weights.size(), population / 2);
    EXPECT_TRUE(
        std::is_sorted(weights.begin(), weights.end(), std::greater<>()));
    EXPECT_GT(weights.back(), 0);
    EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-12);
  }
}

TEST(CmaTest, SamplesHaveTheMomentsAskedFor) {
  Cma cma(VectorXd::Constant(2, 3.0), VectorXd::Constant(2, 0.5), 6,
          Cma::Shape::kFull);
  cma.SetMarginal(1, -1, 2);
  RandomStream random = Rng(1).At(0);
  VectorXd sum = VectorXd::Zero(2);
  VectorXd squares = VectorXd::Zero(2);
  constexpr int kSamples = 20'000;
  for (int i = 0; i < kSamples; ++i) {
    const VectorXd x = cma.Sample(random);
    sum += x;
    squares += (x - cma.mean()).cwiseAbs2();
  }
  EXPECT_NEAR(sum[0] / kSamples, 3, 0.02);
  EXPECT_NEAR(sum[1] / kSamples, -1, 0.06);
  EXPECT_NEAR(std::sqrt(squares[0] / kSamples), 0.5, 0.01);
  EXPECT_NEAR(std::sqrt(squares[1] / kSamples), 2, 0.04);
  EXPECT_DOUBLE_EQ(cma.Sd(1), 2);
  EXPECT_DOUBLE_EQ(cma.Sd(1, false), 0.5);
}

// 1,500 evaluations; without covariances 100 times as many would not do.
TEST(CmaTest, LearnsAnIllConditionedFunctionInAnyDirection) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    Cma cma = Start(5, 8, Cma::Shape::kFull);
    EXPECT_LT(Minimize(cma, Oblique, 8, 250, seed), 1e-8);
    EXPECT_GT(cma.Condition(), 1e4);
  }
}

TEST(CmaTest, SeparableLearnsScalesFasterButNoDirections) {
  Cma full = Start(20, 12, Cma::Shape::kFull);
  Cma separable = Start(20, 12, Cma::Shape::kSeparable);
  const double slow = Minimize(full, Axes, 12, 500, 1);
  const double fast = Minimize(separable, Axes, 12, 500, 1);
  EXPECT_LT(fast, 1e-4 * slow);
  Cma lost = Start(5, 8, Cma::Shape::kSeparable);
  EXPECT_GT(Minimize(lost, Oblique, 8, 250, 1), 1e-8);
}

TEST(CmaTest, StepsGrowOnASlopeAndShrinkAtAnOptimum) {
  Cma slope = Start(5, 8, Cma::Shape::kFull);
  Minimize(
      slope, [](const VectorXd& x) { return x[0]; }, 8, 50, 1);
  EXPECT_GT(slope.Sd(0), 50);
  Cma bowl = Start(5, 8, Cma::Shape::kFull);
  Minimize(
      bowl, [](const VectorXd& x) { return x.squaredNorm(); }, 8, 150, 1);
  EXPECT_LT(bowl.Sd(0), 1e-3);
}

TEST(CmaTest, UninformedCoordinatesStayWhereTheyAre) {
  Cma cma = Start(4, 8, Cma::Shape::kFull);
  RandomStream random = Rng(3).At(0);
  const auto f = [](const VectorXd& x) { return x.head(2).squaredNorm(); };
  for (int i = 0; i < 30; ++i) {
    MatrixXd informed = MatrixXd::Ones(4, 8);
    informed.bottomRows(2).setZero();
    cma.Update(Ranked(cma, f, 8, random), informed);
  }
  EXPECT_LT(cma.mean().head(2).norm(), 0.1);
  EXPECT_EQ(cma.mean()[2], 1);
  EXPECT_EQ(cma.mean()[3], 1);
}

TEST(CmaTest, WideningMakesStepsLonger) {
  Cma cma = Start(3, 8, Cma::Shape::kFull);
  cma.Widen();
  EXPECT_GT(cma.Sd(0), 0.55);
}

}  // namespace
}  // namespace apogee
