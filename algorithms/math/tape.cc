#include "algorithms/math/tape.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "algorithms/math/gemm.h"
#include "base/check.h"

namespace apogee {
namespace {

// Numbers in a piece of memory.
constexpr size_t kChunk = size_t{1} << 22;
// Keeps rows that are all the same from being divided by 0.
constexpr double kTinyVariance = 1e-5;
// Of the tanh formula for Gelu.
constexpr double kGeluOuter = .7978845608028654;
constexpr double kGeluInner = .044715;

template <typename T>
using Array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using Row = Eigen::Array<T, 1, Eigen::Dynamic>;

template <typename T>
Eigen::Map<const Array<T>> Value(const Tensor<T>& x) {
  return {x.value, x.rows, x.cols};
}
template <typename T>
Eigen::Map<Array<T>> Gradient(const Tensor<T>& x) {
  return {x.gradient, x.rows, x.cols};
}
template <typename T>
Eigen::Map<Array<T>> Writable(const Tensor<T>& x) {
  // The tape's own memory.
  return {const_cast<T*>(x.value), x.rows, x.cols};
}

}  // namespace

template <typename T>
Tensor<T> Tensor<T>::Rows(int begin, int count) const {
  APOGEE_CHECK(begin >= 0 && count >= 0 && begin + count <= rows);
  const auto offset = static_cast<ptrdiff_t>(begin) * cols;
  return {value + offset, gradient == nullptr ? nullptr : gradient + offset,
          count, cols};
}

template <typename T>
T* Tape<T>::Allocate(size_t count) {
  // Every start is the start of a cache line.
  count = (count + 15) / 16 * 16;
  while (chunk_ < chunks_.size() && used_ + count > chunks_[chunk_].size) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const size_t size = std::max(count, kChunk);
    chunks_.push_back({std::unique_ptr<T[]>(new T[size]), size});
  }
  T* const start = chunks_[chunk_].numbers.get() + used_;
  used_ += count;
  return start;
}

template <typename T>
Tensor<T> Tape<T>::Make(int rows, int cols) {
  const size_t count = static_cast<size_t>(rows) * static_cast<size_t>(cols);
  Tensor<T> made{Allocate(count), nullptr, rows, cols};
  if (records_) {
    made.gradient = Allocate(count);
    std::fill_n(made.gradient, count, T{0});
  }
  return made;
}

template <typename T>
void Tape<T>::Backward() {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
}

template <typename T>
void Tape<T>::Clear() {
  steps_.clear();
  chunk_ = 0;
  used_ = 0;
}

template <typename T>
Tensor<T> Tape<T>::Input(int rows, int cols, T** values) {
  const size_t count = static_cast<size_t>(rows) * static_cast<size_t>(cols);
  *values = Allocate(count);
  return {*values, nullptr, rows, cols};
}

template <typename T>
Tensor<T> Tape<T>::Linear(Tensor<T> x, Tensor<T> weight, Tensor<T> bias) {
  APOGEE_CHECK(x.cols == weight.rows && weight.cols == bias.cols);
  const Tensor<T> y = Make(x.rows, weight.cols);
  Writable(y).rowwise() = Value(bias).row(0);
  Gemm(x.rows, weight.cols, x.cols, T{1}, {x.value, x.cols},
       {weight.value, weight.cols}, T{1}, const_cast<T*>(y.value), y.cols);
  if (!records_) return y;
  steps_.push_back([x, weight, bias, y] {
    if (x.gradient != nullptr) {
      Gemm(x.rows, x.cols, y.cols, T{1}, {y.gradient, y.cols},
           {weight.value, weight.cols, true}, T{1}, x.gradient, x.cols);
    }
    if (weight.gradient != nullptr) {
      Gemm(weight.rows, weight.cols, x.rows, T{1}, {x.value, x.cols, true},
           {y.gradient, y.cols}, T{1}, weight.gradient, weight.cols);
    }
    if (bias.gradient != nullptr) {
      Gradient(bias).row(0) += Gradient(y).colwise().sum();
    }
  });
  return y;
}

template <typename T>
Tensor<T> Tape<T>::Add(Tensor<T> a, Tensor<T> b) {
  APOGEE_CHECK(a.rows == b.rows && a.cols == b.cols);
  const Tensor<T> sum = Make(a.rows, a.cols);
  Writable(sum) = Value(a) + Value(b);
  if (!records_) return sum;
  steps_.push_back([a, b, sum] {
    if (a.gradient != nullptr) Gradient(a) += Gradient(sum);
    if (b.gradient != nullptr) Gradient(b) += Gradient(sum);
  });
  return sum;
}

template <typename T>
Tensor<T> Tape<T>::Gelu(Tensor<T> x) {
  const Tensor<T> y = Make(x.rows, x.cols);
  T* slope = nullptr;
  const Tensor<T> tanh = Input(x.rows, x.cols, &slope);
  Writable(tanh) =
      (T(kGeluOuter) * Value(x) * (T{1} + T(kGeluInner) * Value(x).square()))
          .tanh();
  Writable(y) = T(.5) * Value(x) * (T{1} + Value(tanh));
  if (!records_) return y;
  steps_.push_back([x, y, tanh] {
    if (x.gradient == nullptr) return;
    Gradient(x) += Gradient(y) * T(.5) *
                   (T{1} + Value(tanh) +
                    Value(x) * (T{1} - Value(tanh).square()) *
                        (T(kGeluOuter) +
                         T(3 * kGeluOuter * kGeluInner) * Value(x).square()));
  });
  return y;
}

template <typename T>
Tensor<T> Tape<T>::LayerNorm(Tensor<T> x, Tensor<T> affine) {
  APOGEE_CHECK(affine.rows == 2 && affine.cols == x.cols);
  const Tensor<T> y = Make(x.rows, x.cols);
  T* scales = nullptr;
  T* normals = nullptr;
  Input(x.rows, 1, &scales);
  const Tensor<T> normal = Input(x.rows, x.cols, &normals);
  for (int i = 0; i < x.rows; ++i) {
    const auto row = Value(x).row(i);
    const T mean = row.mean();
    scales[i] =
        T{1} / std::sqrt((row - mean).square().mean() + T(kTinyVariance));
    Writable(normal).row(i) = (row - mean) * scales[i];
    Writable(y).row(i) =
        Value(normal).row(i) * Value(affine).row(0) + Value(affine).row(1);
  }
  if (!records_) return y;
  steps_.push_back([x, affine, y, normal, scales] {
    if (affine.gradient != nullptr) {
      Gradient(affine).row(0) += (Gradient(y) * Value(normal)).colwise().sum();
      Gradient(affine).row(1) += Gradient(y).colwise().sum();
    }
    if (x.gradient == nullptr) return;
    Row<T> by_normal(x.cols);
    for (int i = 0; i < x.rows; ++i) {
      by_normal = Gradient(y).row(i) * Value(affine).row(0);
      const auto row = Value(normal).row(i);
      Gradient(x).row(i) += scales[i] * (by_normal - by_normal.mean() -
                                         row * (by_normal * row).mean());
    }
  });
  return y;
}

template <typename T>
Tensor<T> Tape<T>::Bag(Tensor<T> table, absl::Span<const int> ids,
                       absl::Span<const int> ends, absl::Span<const T> scales) {
  const Tensor<T> sums = Make(static_cast<int>(ends.size()), table.cols);
  Writable(sums).setZero();
  int next = 0;
  for (int i = 0; i < sums.rows; ++i) {
    for (; next < ends[i]; ++next) {
      APOGEE_CHECK(ids[next] >= 0 && ids[next] < table.rows);
      Writable(sums).row(i) += Value(table).row(ids[next]);
    }
    if (!scales.empty()) Writable(sums).row(i) *= scales[i];
  }
  if (!records_ || table.gradient == nullptr) return sums;
  steps_.push_back([table, sums, ids = std::vector<int>(ids.begin(), ids.end()),
                    ends = std::vector<int>(ends.begin(), ends.end()),
                    scales = std::vector<T>(scales.begin(), scales.end())] {
    int id = 0;
    for (int i = 0; i < sums.rows; ++i) {
      const T scale = scales.empty() ? T{1} : scales[i];
      for (; id < ends[i]; ++id) {
        Gradient(table).row(ids[id]) += scale * Gradient(sums).row(i);
      }
    }
  });
  return sums;
}

template <typename T>
Tensor<T> Tape<T>::Select(Tensor<T> table, absl::Span<const int> ids) {
  std::vector<int> ends(ids.size());
  std::iota(ends.begin(), ends.end(), 1);
  return Bag(table, ids, ends);
}

template struct Tensor<float>;
template struct Tensor<double>;
template class Tape<float>;
template class Tape<double>;

}  // namespace apogee
