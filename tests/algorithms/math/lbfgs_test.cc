#include "algorithms/math/lbfgs.h"

#include <limits>

#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::VectorXd;

// Least, 0, at 1, 1.
double Valley(const VectorXd& x, VectorXd& gradient) {
  const double across = x[1] - x[0] * x[0];
  gradient.resize(2);
  gradient << -400 * x[0] * across - 2 * (1 - x[0]), 200 * across;
  return 100 * across * across + (1 - x[0]) * (1 - x[0]);
}

TEST(MinimizeTest, FindsTheEndOfABentValley) {
  const VectorXd best =
      Minimize(Valley, VectorXd{{-1, 1}}, VectorXd::Constant(2, -2),
               VectorXd::Constant(2, 2), 200, 1e-12);
  EXPECT_NEAR(best[0], 1, 1e-4);
  EXPECT_NEAR(best[1], 1, 1e-4);
}

TEST(MinimizeTest, StaysInTheBox) {
  const VectorXd best =
      Minimize(Valley, VectorXd{{-1, 1}}, VectorXd::Constant(2, -2),
               VectorXd{{0.5, 2}}, 200, 1e-12);
  EXPECT_NEAR(best[0], 0.5, 1e-6);
  EXPECT_NEAR(best[1], 0.25, 1e-4);
}

TEST(MinimizeTest, NeverEndsWorseThanTheStart) {
  const VectorXd start{{1, 1.0001}};
  VectorXd gradient;
  for (int values = 1; values < 5; ++values) {
    const VectorXd best = Minimize(Valley, start, VectorXd::Constant(2, -2),
                                   VectorXd::Constant(2, 2), values, 1e-12);
    EXPECT_LE(Valley(best, gradient), Valley(start, gradient));
  }
}

TEST(MinimizeTest, GoesRoundPlacesWithoutAValue) {
  const auto function = [](const VectorXd& x, VectorXd& gradient) {
    if (x[0] > 1.5) return std::numeric_limits<double>::infinity();
    return Valley(x, gradient);
  };
  const VectorXd best =
      Minimize(function, VectorXd{{-1, 1}}, VectorXd::Constant(2, -2),
               VectorXd::Constant(2, 2), 200, 1e-12);
  VectorXd gradient;
  EXPECT_LT(Valley(best, gradient), 1);
}

}  // namespace
}  // namespace apogee
