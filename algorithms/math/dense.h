#pragma once

#include "Eigen/Core"

namespace apogee {

// Dense linear algebra on OpenBLAS, which picks the kernels of the processor it
// runs on. One thread each, and the same bits for the same numbers.

// `a`, symmetric and positive definite, becomes its Cholesky factor; only the
// lower triangle is read and written. False when it is not positive definite.
bool FactorInPlace(Eigen::MatrixXd& a);

// A factor becomes the inverse of the matrix that it is the factor of.
void InvertFactorInPlace(Eigen::MatrixXd& factor);

// b := L^-1 b, or L^-T b, with L the first `b.rows()` rows and columns of
// `factor`.
void SolveLower(const Eigen::MatrixXd& factor, Eigen::Ref<Eigen::MatrixXd> b);
void SolveLower(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);
void SolveLowerTransposed(const Eigen::MatrixXd& factor, Eigen::VectorXd& b);

// out := a b, and a^T b. `out` has the right size, and is neither a nor b.
void Product(const Eigen::Ref<const Eigen::MatrixXd>& a,
             const Eigen::Ref<const Eigen::MatrixXd>& b,
             Eigen::Ref<Eigen::MatrixXd> out);
void TransposedProduct(const Eigen::Ref<const Eigen::MatrixXd>& a,
                       const Eigen::Ref<const Eigen::MatrixXd>& b,
                       Eigen::Ref<Eigen::MatrixXd> out);

}  // namespace apogee
