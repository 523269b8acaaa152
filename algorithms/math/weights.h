#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "algorithms/math/tape.h"
#include "base/rng.h"

namespace apogee {

// The matrices of a network, addressed by the order in which they were made.
template <typename T>
class Weights {
 public:
  // Normal with this deviation; 0 gives zeros.
  int Add(int rows, int cols, double deviation, RandomStream& random);
  // For LayerNorm: a row of ones, a row of zeros.
  int AddAffine(int cols);

  int size() const { return static_cast<int>(matrices_.size()); }
  // Constant.
  Tensor<T> operator[](int matrix) const;

  // Little-endian: for each matrix its rows and columns (uint32), then its
  // numbers (float32).
  std::string Serialize() const;
  // Takes back what matrices of the same shapes wrote.
  absl::Status Restore(absl::string_view bytes);

 private:
  template <typename>
  friend class AdamW;
  struct Matrix {
    int rows;
    int cols;
    std::vector<T> values;
  };
  std::vector<Matrix> matrices_;
};

extern template class Weights<float>;
extern template class Weights<double>;

}  // namespace apogee
