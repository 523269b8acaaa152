#include "algorithms/math/dense.h"

#include "Eigen/Dense"
#include "base/rng.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd Random(Index rows, Index columns, uint64_t seed) {
  RandomStream random = Rng(seed).At(0);
  MatrixXd matrix(rows, columns);
  for (double& each : matrix.reshaped()) each = random.Normal();
  return matrix;
}

MatrixXd Positive(Index size) {
  const MatrixXd root = Random(size, size, 1);
  return root * root.transpose() +
         static_cast<double>(size) * MatrixXd::Identity(size, size);
}

// Sizes below and above those at which kernels change.
class DenseTest : public testing::TestWithParam<Index> {};
INSTANTIATE_TEST_SUITE_P(Sizes, DenseTest, testing::Values(0, 1, 2, 33, 150));

TEST_P(DenseTest, TheFactorTimesItselfIsTheMatrix) {
  const MatrixXd matrix = Positive(GetParam());
  MatrixXd factor = matrix;
  ASSERT_TRUE(FactorInPlace(factor));
  const MatrixXd lower = factor.triangularView<Eigen::Lower>();
  EXPECT_TRUE(matrix.isApprox(lower * lower.transpose(), 1e-12));
}

TEST_P(DenseTest, TheInverseTimesTheMatrixIsOne) {
  const MatrixXd matrix = Positive(GetParam());
  MatrixXd factor = matrix;
  ASSERT_TRUE(FactorInPlace(factor));
  InvertFactorInPlace(factor);
  EXPECT_TRUE((factor * matrix)
                  .isApprox(MatrixXd::Identity(GetParam(), GetParam()), 1e-9));
}

TEST_P(DenseTest, SolvesWithTheUpperLeftPartOfAFactor) {
  MatrixXd factor = Positive(GetParam() + 3);
  ASSERT_TRUE(FactorInPlace(factor));
  const MatrixXd part = factor.topLeftCorner(GetParam(), GetParam())
                            .triangularView<Eigen::Lower>();
  const MatrixXd right = Random(GetParam(), 7, 2);
  MatrixXd solved = right;
  SolveLower(factor, solved);
  EXPECT_TRUE(right.isApprox(part * solved, 1e-10));
  VectorXd forward = right.col(0);
  SolveLower(factor, forward);
  EXPECT_TRUE(right.col(0).isApprox(part * forward, 1e-10));
  VectorXd backward = right.col(0);
  SolveLowerTransposed(factor, backward);
  EXPECT_TRUE(right.col(0).isApprox(part.transpose() * backward, 1e-10));
}

TEST_P(DenseTest, Products) {
  const MatrixXd a = Random(GetParam(), 5, 1);
  const MatrixXd b = Random(5, 9, 2);
  const MatrixXd c = Random(GetParam(), 4, 3);
  MatrixXd product(GetParam(), 9);
  Product(a, b, product);
  EXPECT_TRUE(product.isApprox(a * b, 1e-12));
  MatrixXd other(5, 4);
  TransposedProduct(a, c, other);
  EXPECT_TRUE(other.isApprox(a.transpose() * c, 1e-12));
}

TEST(DenseTest, RefusesWhatIsNotPositiveDefinite) {
  MatrixXd matrix = Positive(40);
  matrix(20, 20) = -1;
  EXPECT_FALSE(FactorInPlace(matrix));
}

}  // namespace
}  // namespace apogee
