#pragma once

#include "Eigen/Core"

namespace apogee {

// Dense linear algebra on OpenBLAS, which picks the kernels of the processor it
// runs on. One thread each, and the same bits for the same numbers.

// `a`, symmetric and positive definite, becomes its Cholesky factor; only the
// lower triangle is read and written. False when it is not positive definite.
bool FactorInPlace(Eigen::MatrixXd& a);

// The full inverse of the matrix that has this factor.
Eigen::MatrixXd InverseOf(const Eigen::MatrixXd& factor);

// b := L^-1 b, or L^-T b, with L the first `b.rows()` rows and columns of
// `factor`.
void SolveLower(const Eigen::MatrixXd& factor, Eigen::MatrixXd& b);
void SolveLower(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);
void SolveLowerTransposed(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);

// a b, and a^T b.
Eigen::MatrixXd Product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);
Eigen::MatrixXd TransposedProduct(const Eigen::MatrixXd& a,
                                  const Eigen::MatrixXd& b);

}  // namespace apogee
