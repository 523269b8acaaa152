#include "tests/bench/search/matrix.h"

#include <cmath>

namespace apogee {

std::vector<double> Matrix::operator*(absl::Span<const double> x) const {
  std::vector<double> result(x.size());
  for (int i = 0; i < size_; ++i) {
    for (int j = 0; j < size_; ++j) result[i] += (*this)(i, j) * x[j];
  }
  return result;
}

Matrix Matrix::Conditioned(const Matrix& left, double condition,
                           const Matrix& right) {
  const int size = left.size();
  Matrix product(size);
  for (int k = 0; k < size; ++k) {
    const double scale =
        std::pow(std::sqrt(condition), static_cast<double>(k) / (size - 1));
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) {
        product(i, j) += left(i, k) * scale * right(k, j);
      }
    }
  }
  return product;
}

Matrix Matrix::Transposed() const {
  Matrix result(size_);
  for (int i = 0; i < size_; ++i) {
    for (int j = 0; j < size_; ++j) result(j, i) = (*this)(i, j);
  }
  return result;
}

void Matrix::Orthonormalize() {
  Matrix& m = *this;
  for (int i = 0; i < size_; ++i) {
    for (int j = 0; j < i; ++j) {
      double product = 0;
      for (int k = 0; k < size_; ++k) product += m(k, i) * m(k, j);
      for (int k = 0; k < size_; ++k) m(k, i) -= product * m(k, j);
    }
    double square = 0;
    for (int k = 0; k < size_; ++k) square += m(k, i) * m(k, i);
    for (int k = 0; k < size_; ++k) m(k, i) /= std::sqrt(square);
  }
}

}  // namespace apogee
