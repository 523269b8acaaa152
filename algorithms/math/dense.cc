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
// Of a matrix or a part of one.
template <typename Matrix>
blasint Stride(const Matrix& a) {
  return Size(std::max<Eigen::Index>(1, a.outerStride()));
}

void Multiply(CBLAS_TRANSPOSE transposed, const Eigen::Ref<const MatrixXd>& a,
              const Eigen::Ref<const MatrixXd>& b, Eigen::Ref<MatrixXd> out) {
  if (out.size() == 0) return;
  if (b.rows() == 0) {
    out.setZero();
    return;
  }
  cblas_dgemm(CblasColMajor, transposed, CblasNoTrans, Size(out.rows()),
              Size(out.cols()), Size(b.rows()), 1, a.data(), Stride(a),
              b.data(), Stride(b), 0, out.data(), Stride(out));
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

void InvertFactorInPlace(MatrixXd& factor) {
  if (factor.rows() == 0) return;
  char lower = 'L';
  blasint n = Size(factor.rows());
  blasint stride = Stride(factor);
  blasint info = 0;
  dpotri_(&lower, &n, factor.data(), &stride, &info);
  factor.triangularView<Eigen::StrictlyUpper>() =
      factor.triangularView<Eigen::StrictlyLower>().transpose();
}

void SolveLower(const MatrixXd& factor, Eigen::Ref<MatrixXd> b) {
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

void Product(const Eigen::Ref<const MatrixXd>& a,
             const Eigen::Ref<const MatrixXd>& b, Eigen::Ref<MatrixXd> out) {
  Multiply(CblasNoTrans, a, b, out);
}

void TransposedProduct(const Eigen::Ref<const MatrixXd>& a,
                       const Eigen::Ref<const MatrixXd>& b,
                       Eigen::Ref<MatrixXd> out) {
  Multiply(CblasTrans, a, b, out);
}

}  // namespace apogee
