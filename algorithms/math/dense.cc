#include "algorithms/math/dense.h"

#include <algorithm>

#include "cblas.h"
// Declares functions that cblas.h does not: LAPACK's, in OpenBLAS's version.
#include "f77blas.h"

namespace apogee {

using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// For the whole process. Small matrices gain nothing from more threads, and
// studies are worked on side by side.
[[maybe_unused]] const bool kOneThread = [] {
  openblas_set_num_threads(1);
  return true;
}();

blasint Size(Eigen::Index size) { return static_cast<blasint>(size); }
blasint Stride(const MatrixXd& a) {
  return Size(std::max<Eigen::Index>(1, a.outerStride()));
}

}  // namespace

bool FactorInPlace(MatrixXd& a) {
  if (a.rows() == 0) return true;
  char lower = 'L';
  blasint n = Size(a.rows());
  blasint stride = Stride(a);
  blasint info = 0;
  dpotrf_(&lower, &n, a.data(), &stride, &info);
  return info == 0;
}

MatrixXd InverseOf(const MatrixXd& factor) {
  MatrixXd inverse = factor;
  if (factor.rows() == 0) return inverse;
  char lower = 'L';
  blasint n = Size(factor.rows());
  blasint stride = Stride(factor);
  blasint info = 0;
  dpotri_(&lower, &n, inverse.data(), &stride, &info);
  inverse.triangularView<Eigen::StrictlyUpper>() =
      inverse.triangularView<Eigen::StrictlyLower>().transpose();
  return inverse;
}

void SolveLower(const MatrixXd& factor, MatrixXd& b) {
  if (b.size() == 0) return;
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit,
              Size(b.rows()), Size(b.cols()), 1, factor.data(), Stride(factor),
              b.data(), Stride(b));
}

void SolveLower(const MatrixXd& factor, VectorXd& b) {
  if (b.size() == 0) return;
  cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit,
              Size(b.size()), factor.data(), Stride(factor), b.data(), 1);
}

void SolveLowerTransposed(const MatrixXd& factor, VectorXd& b) {
  if (b.size() == 0) return;
  cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit,
              Size(b.size()), factor.data(), Stride(factor), b.data(), 1);
}

MatrixXd Product(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd result = MatrixXd::Zero(a.rows(), b.cols());
  if (result.size() == 0 || a.cols() == 0) return result;
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, Size(a.rows()),
              Size(b.cols()), Size(a.cols()), 1, a.data(), Stride(a), b.data(),
              Stride(b), 0, result.data(), Stride(result));
  return result;
}

MatrixXd TransposedProduct(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd result = MatrixXd::Zero(a.cols(), b.cols());
  if (result.size() == 0 || a.rows() == 0) return result;
  cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, Size(a.cols()),
              Size(b.cols()), Size(a.rows()), 1, a.data(), Stride(a), b.data(),
              Stride(b), 0, result.data(), Stride(result));
  return result;
}

}  // namespace apogee
