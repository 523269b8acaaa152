#pragma once

#include <vector>

#include "absl/types/span.h"

namespace apogee {

// A square matrix.
class Matrix {
 public:
  explicit Matrix(int size = 0)
      : size_(size), values_(static_cast<size_t>(size) * size) {}

  int size() const { return size_; }
  double& operator()(int row, int column) {
    return values_[static_cast<size_t>(row) * size_ + column];
  }
  double operator()(int row, int column) const {
    return values_[static_cast<size_t>(row) * size_ + column];
  }

  std::vector<double> operator*(absl::Span<const double> x) const;
  // With the diagonal matrix of condition^(i / 2 / (size - 1)) in between.
  static Matrix Conditioned(const Matrix& left, double condition,
                            const Matrix& right);
  Matrix Transposed() const;
  // Makes the columns orthonormal, one after the other (Gram-Schmidt).
  void Orthonormalize();

 private:
  int size_;
  std::vector<double> values_;
};

}  // namespace apogee
