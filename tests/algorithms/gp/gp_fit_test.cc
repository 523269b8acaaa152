#include "algorithms/gp/gp_fit.h"

#include <cmath>

#include "Eigen/Dense"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd Rows(Index size, Index count) {
  RandomStream random = Rng(1).At(0);
  MatrixXd rows(size, count);
  for (double& each : rows.reshaped()) each = random.Uniform();
  return rows;
}

// Short waves along the first number, longer ones along the second, and nothing
// along the others.
VectorXd Labels(const MatrixXd& rows, double noise = 0) {
  RandomStream random = Rng(2).At(0);
  VectorXd labels = 0.3 * (9 * rows.row(0).array()).sin() +
                    0.2 * (3 * rows.row(1).array()).sin() - 0.1;
  for (double& each : labels) each += noise * random.Normal();
  return labels;
}

GpParameters Parameters() {
  return {.log_signal = std::log(0.3),
          .log_noise = std::log(0.02),
          .log_squared_lengths = VectorXd::LinSpaced(3, -2, 1)};
}

// By the textbook: -log N(labels | 0, covariance), but for the constant.
TEST(GpFitTest, LossIsTheTextbooks) {
  const std::vector<int> groups = {0, 1, 2};
  const MatrixXd rows = Rows(3, 25);
  const VectorXd labels = Labels(rows);
  const auto likelihood = [&](const GpParameters& parameters) {
    MatrixXd covariance(25, 25);
    for (Index a = 0; a < 25; ++a) {
      for (Index b = 0; b < 25; ++b) {
        double sum = 0;
        for (Index i = 0; i < 3; ++i) {
          sum += std::pow(rows(i, a) - rows(i, b), 2) /
                 std::exp(parameters.log_squared_lengths[i]);
        }
        const double r = std::sqrt(5 * sum);
        covariance(a, b) = std::exp(parameters.log_signal) *
                           (1 + r + r * r / 3) * std::exp(-r);
      }
      covariance(a, a) += std::exp(parameters.log_noise);
    }
    return 0.5 * labels.dot(covariance.inverse() * labels) +
           0.5 * std::log(covariance.determinant());
  };
  // The prior alone: no rows.
  const GpFit prior(groups, MatrixXd(3, 0), VectorXd(0));
  const GpFit fit(groups, rows, labels);
  for (const GpParameters& each : {Parameters(), GpFit::Prior(3)}) {
    EXPECT_NEAR(fit.Loss(each, nullptr) - prior.Loss(each, nullptr),
                likelihood(each), 1e-5);
  }
}

TEST(GpFitTest, GradientIsThatOfTheLoss) {
  // The first parameter has two numbers.
  const std::vector<int> groups = {0, 0, 1, 2};
  const MatrixXd rows = Rows(4, 30);
  const GpFit fit(groups, rows, Labels(rows, 0.1));
  VectorXd gradient;
  fit.Loss(Parameters(), &gradient);
  ASSERT_EQ(gradient.size(), 5);
  for (Index i = 0; i < 5; ++i) {
    constexpr double kStep = 1e-5;
    const auto moved = [&](double step) {
      GpParameters parameters = Parameters();
      (i == 0   ? parameters.log_signal
       : i == 1 ? parameters.log_noise
                : parameters.log_squared_lengths[i - 2]) += step;
      return fit.Loss(parameters, nullptr);
    };
    EXPECT_NEAR(gradient[i], (moved(kStep) - moved(-kStep)) / (2 * kStep),
                1e-5 * std::max(1.0, std::abs(gradient[i])));
  }
}

TEST(GpFitTest, DescentEndsNoHigherThanItStarts) {
  const std::vector<int> groups = {0, 1, 2};
  const MatrixXd rows = Rows(3, 40);
  const GpFit fit(groups, rows, Labels(rows));
  const double start = fit.Loss(Parameters(), nullptr);
  double last = start;
  for (const int losses : {1, 5, 20, 80}) {
    const double end = fit.Loss(fit.Descend(Parameters(), losses), nullptr);
    EXPECT_LE(end, last + 1e-9);
    last = end;
  }
  EXPECT_LT(last, start - 10);
}

TEST(GpFitTest, LearnsWhichNumbersMatterAndHowLargeTheNoiseIs) {
  const std::vector<int> groups = {0, 1, 2, 3};
  const MatrixXd rows = Rows(4, 100);
  const auto fit = [&](double noise, Index coarse) {
    return FitGp(groups, rows, Labels(rows, noise), coarse, Rng(1));
  };
  for (const Index coarse : {50, 100}) {
    const GpParameters exact = fit(0, coarse);
    EXPECT_LT(exact.log_squared_lengths[0], exact.log_squared_lengths[1] - 1);
    EXPECT_LT(exact.log_squared_lengths[1], exact.log_squared_lengths[2]);
    EXPECT_LT(exact.log_noise, std::log(1e-4));
    const GpParameters noisy = fit(0.1, coarse);
    EXPECT_NEAR(std::exp(noisy.log_noise / 2), 0.1, 0.03);
  }
}

TEST(GpFitTest, LabelsThatAreAllTheSame) {
  const std::vector<int> groups = {0, 1, 2};
  const GpParameters parameters =
      FitGp(groups, Rows(3, 20), VectorXd::Zero(20), 10, Rng(1));
  EXPECT_TRUE(std::isfinite(parameters.log_signal));
  EXPECT_TRUE(parameters.log_squared_lengths.allFinite());
}

}  // namespace
}  // namespace apogee
