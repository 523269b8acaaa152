#pragma once

namespace apogee {

// Part of a matrix that lies row by row, `stride` numbers apart.
template <typename T>
struct Operand {
  const T* values;
  int stride;
  bool transposed = false;
};

// c = scale a b + keep c, where c is rows x cols and a is rows x inner, after
// transposition.
void Gemm(int rows, int cols, int inner, float scale, Operand<float> a,
          Operand<float> b, float keep, float* c, int stride);
void Gemm(int rows, int cols, int inner, double scale, Operand<double> a,
          Operand<double> b, double keep, double* c, int stride);

}  // namespace apogee
