#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "algorithms/math/gemm.h"
#include "algorithms/math/tape.h"
#include "base/check.h"

namespace apogee {
namespace {

template <typename T>
using Array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using Rows = Eigen::Map<Array<T>>;
template <typename T>
using ConstRows = Eigen::Map<const Array<T>>;

// Each row to its softmax.
template <typename T>
void Softmax(Rows<T> scores) {
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    auto row = scores.row(i);
    row = (row - row.maxCoeff()).exp();
    row /= row.sum();
  }
}

// The numbers of one head in one block: offsets into the matrices.
struct HeadPlace {
  ptrdiff_t query;
  ptrdiff_t key;
  ptrdiff_t value;
};

template <typename T>
HeadPlace Place(const Tensor<T>& queries, const Tensor<T>& keys_values,
                const AttentionBlock& block, int first_column) {
  const ptrdiff_t key =
      static_cast<ptrdiff_t>(block.key_begin) * keys_values.cols + first_column;
  return {
      static_cast<ptrdiff_t>(block.query_begin) * queries.cols + first_column,
      key, key + queries.cols};
}

}  // namespace

template <typename T>
Tensor<T> Tape<T>::Attention(Tensor<T> queries, Tensor<T> keys_values,
                             int heads,
                             absl::Span<const AttentionBlock> blocks) {
  const int width = queries.cols;
  APOGEE_CHECK(width % heads == 0 && keys_values.cols == 2 * width);
  const int part = width / heads;
  const T scale = T{1} / std::sqrt(static_cast<T>(part));
  const Tensor<T> y = Make(queries.rows, width);
  T* const out = const_cast<T*>(y.value);
  std::fill_n(out, static_cast<ptrdiff_t>(y.rows) * y.cols, T{0});

  size_t shares_count = 0;
  for (const AttentionBlock& block : blocks) {
    shares_count += static_cast<size_t>(block.queries) *
                    static_cast<size_t>(block.keys) *
                    static_cast<size_t>(heads);
  }
  T* const shares = Allocate(shares_count);
  T* next = shares;
  for (const AttentionBlock& block : blocks) {
    if (block.keys == 0) continue;
    for (int head = 0; head < heads; ++head) {
      const HeadPlace at = Place(queries, keys_values, block, head * part);
      Gemm(block.queries, block.keys, part, scale,
           {queries.value + at.query, width},
           {keys_values.value + at.key, 2 * width, true}, T{0}, next,
           block.keys);
      Softmax<T>({next, block.queries, block.keys});
      Gemm(block.queries, part, block.keys, T{1}, {next, block.keys},
           {keys_values.value + at.value, 2 * width}, T{0}, out + at.query,
           width);
      next += static_cast<ptrdiff_t>(block.queries) * block.keys;
    }
  }
  if (!records_) return y;
  steps_.push_back([=, blocks = std::vector<AttentionBlock>(blocks.begin(),
                                                            blocks.end())] {
    const T* share = shares;
    std::vector<T> scratch;
    for (const AttentionBlock& block : blocks) {
      if (block.keys == 0) continue;
      const auto count =
          static_cast<size_t>(block.queries) * static_cast<size_t>(block.keys);
      if (scratch.size() < count) scratch.resize(count);
      for (int head = 0; head < heads; ++head) {
        const HeadPlace at = Place(queries, keys_values, block, head * part);
        // By the values.
        Gemm(block.keys, part, block.queries, T{1}, {share, block.keys, true},
             {y.gradient + at.query, width}, T{1},
             keys_values.gradient + at.value, 2 * width);
        // By the shares, then through the softmax.
        Gemm(block.queries, block.keys, part, T{1},
             {y.gradient + at.query, width},
             {keys_values.value + at.value, 2 * width, true}, T{0},
             scratch.data(), block.keys);
        Rows<T> by_score(scratch.data(), block.queries, block.keys);
        const ConstRows<T> given(share, block.queries, block.keys);
        for (int i = 0; i < block.queries; ++i) {
          const T mean = (by_score.row(i) * given.row(i)).sum();
          by_score.row(i) = (by_score.row(i) - mean) * given.row(i);
        }
        Gemm(block.queries, part, block.keys, scale,
             {scratch.data(), block.keys},
             {keys_values.value + at.key, 2 * width}, T{1},
             queries.gradient + at.query, width);
        Gemm(block.keys, part, block.queries, scale,
             {scratch.data(), block.keys, true},
             {queries.value + at.query, width}, T{1},
             keys_values.gradient + at.key, 2 * width);
        share += count;
      }
    }
  });
  return y;
}

template Tensor<float> Tape<float>::Attention(Tensor<float>, Tensor<float>, int,
                                              absl::Span<const AttentionBlock>);
template Tensor<double> Tape<double>::Attention(
    Tensor<double>, Tensor<double>, int, absl::Span<const AttentionBlock>);

}  // namespace apogee
