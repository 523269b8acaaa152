#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// A matrix, row by row, that somebody else owns, and the place where the
// gradient of the loss by it is gathered.
template <typename T>
struct Tensor {
  const T* value = nullptr;
  // Null for what is constant.
  T* gradient = nullptr;
  int rows = 0;
  int cols = 0;

  Tensor Rows(int begin, int count) const;
};

// Rows of an attention that look at each other: these queries at these keys.
struct AttentionBlock {
  int query_begin;
  int queries;
  int key_begin;
  int keys;
};

// Computes with matrices and, if it records, remembers how to differentiate
// what it computed. Its tensors live until Clear. T is float or double.
template <typename T>
class Tape {
 public:
  explicit Tape(bool records) : records_(records) {}

  // A matrix to be filled in; `*values` is where.
  Tensor<T> Input(int rows, int cols, T** values);
  // x weight + bias; the bias is one row.
  Tensor<T> Linear(Tensor<T> x, Tensor<T> weight, Tensor<T> bias);
  Tensor<T> Add(Tensor<T> a, Tensor<T> b);
  // x times the share of a standard normal below x, by the tanh formula.
  Tensor<T> Gelu(Tensor<T> x);
  // Each row with mean 0 and variance 1, times the first row of `affine`, plus
  // its second.
  Tensor<T> LayerNorm(Tensor<T> x, Tensor<T> affine);
  // Row i is the sum of the rows of `table` with ids[ends[i-1]] ..
  // ids[ends[i] - 1], times scales[i] (1 where there are none): looks up,
  // repeats and adds up rows.
  Tensor<T> Bag(Tensor<T> table, absl::Span<const int> ids,
                absl::Span<const int> ends, absl::Span<const T> scales = {});
  // One row of `table` for each id.
  Tensor<T> Select(Tensor<T> table, absl::Span<const int> ids);
  // Multi-head attention: `keys_values` has keys in its left half and values in
  // its right half. What no block lists stays 0.
  Tensor<T> Attention(Tensor<T> queries, Tensor<T> keys_values, int heads,
                      absl::Span<const AttentionBlock> blocks);

  // Carries the gradient that a loss left in its tensors back to all others.
  void Backward();
  // Forgets everything, keeps the memory.
  void Clear();

 private:
  T* Allocate(size_t count);
  // With a gradient of 0 if the tape records; the values are to be written.
  Tensor<T> Make(int rows, int cols);

  bool records_;
  std::vector<std::function<void()>> steps_;
  struct Chunk {
    std::unique_ptr<T[]> numbers;
    size_t size;
  };
  std::vector<Chunk> chunks_;
  // Where free memory begins.
  size_t chunk_ = 0;
  size_t used_ = 0;
};

extern template class Tape<float>;
extern template class Tape<double>;

}  // namespace apogee
