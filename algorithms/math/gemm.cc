#include "algorithms/math/gemm.h"

#include <cblas.h>

namespace apogee {
namespace {

CBLAS_TRANSPOSE Transposition(bool transposed) {
  return transposed ? CblasTrans : CblasNoTrans;
}

// OpenBLAS would share large products among threads of its own.
void UseOneThread() {
  static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  (void)once;
}

}  // namespace

void Gemm(int rows, int cols, int inner, float scale, Operand<float> a,
          Operand<float> b, float keep, float* c, int stride) {
  UseOneThread();
  cblas_sgemm(CblasRowMajor, Transposition(a.transposed),
              Transposition(b.transposed), rows, cols, inner, scale, a.values,
              a.stride, b.values, b.stride, keep, c, stride);
}

void Gemm(int rows, int cols, int inner, double scale, Operand<double> a,
          Operand<double> b, double keep, double* c, int stride) {
  UseOneThread();
  cblas_dgemm(CblasRowMajor, Transposition(a.transposed),
              Transposition(b.transposed), rows, cols, inner, scale, a.values,
              a.stride, b.values, b.stride, keep, c, stride);
}

}  // namespace apogee
