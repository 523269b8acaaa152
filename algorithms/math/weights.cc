#include "algorithms/math/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

void AppendUint32(uint32_t value, std::string& bytes) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(value >> shift & 0xff);
  }
}

uint32_t ReadUint32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

template <typename T>
int Weights<T>::Add(int rows, int cols, double deviation,
                    RandomStream& random) {
  Matrix matrix{rows, cols, {}};
  matrix.values.resize(static_cast<size_t>(rows) * static_cast<size_t>(cols));
  if (deviation > 0) {
    for (T& value : matrix.values) {
      value = static_cast<T>(deviation * random.Normal());
    }
  }
  matrices_.push_back(std::move(matrix));
  return size() - 1;
}

template <typename T>
int Weights<T>::AddAffine(int cols) {
  Matrix matrix{2, cols, std::vector<T>(2 * static_cast<size_t>(cols))};
  std::fill_n(matrix.values.begin(), cols, T{1});
  matrices_.push_back(std::move(matrix));
  return size() - 1;
}

template <typename T>
Tensor<T> Weights<T>::operator[](int matrix) const {
  const Matrix& found = matrices_[matrix];
  return {found.values.data(), nullptr, found.rows, found.cols};
}

template <typename T>
std::string Weights<T>::Serialize() const {
  size_t numbers = 0;
  for (const Matrix& matrix : matrices_) numbers += matrix.values.size() + 2;
  std::string bytes;
  bytes.reserve(4 * numbers);
  for (const Matrix& matrix : matrices_) {
    AppendUint32(static_cast<uint32_t>(matrix.rows), bytes);
    AppendUint32(static_cast<uint32_t>(matrix.cols), bytes);
    for (const T value : matrix.values) {
      AppendUint32(std::bit_cast<uint32_t>(static_cast<float>(value)), bytes);
    }
  }
  return bytes;
}

template <typename T>
absl::Status Weights<T>::Restore(absl::string_view bytes) {
  std::vector<Matrix> restored = matrices_;
  for (size_t i = 0; i < restored.size(); ++i) {
    Matrix& matrix = restored[i];
    if (bytes.size() < 8 + 4 * matrix.values.size() ||
        ReadUint32(bytes.data()) != static_cast<uint32_t>(matrix.rows) ||
        ReadUint32(bytes.data() + 4) != static_cast<uint32_t>(matrix.cols)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "matrix ", i, " of the weights is not ", matrix.rows, " x ",
          matrix.cols, ": they belong to another network; train again"));
    }
    bytes.remove_prefix(8);
    for (T& value : matrix.values) {
      value = std::bit_cast<float>(ReadUint32(bytes.data()));
      if (!std::isfinite(value)) {
        return absl::InvalidArgumentError(
            absl::StrCat("matrix ", i,
                         " of the weights has a number that is "
                         "not finite; train again"));
      }
      bytes.remove_prefix(4);
    }
  }
  if (!bytes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(bytes.size(),
                     " bytes after the last matrix of the "
                     "weights: they belong to another network; train again"));
  }
  matrices_ = std::move(restored);
  return absl::OkStatus();
}

template class Weights<float>;
template class Weights<double>;

}  // namespace apogee
