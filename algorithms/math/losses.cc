#include "algorithms/math/losses.h"

#include <Eigen/Core>
#include <cmath>
#include <cstddef>

#include "base/check.h"

namespace apogee {
namespace {

// Bounds of the logarithm of a deviation.
constexpr double kMostLogDeviation = 4;

}  // namespace

template <typename T>
double CrossEntropy(Tensor<T> logits, absl::Span<const int> targets,
                    absl::Span<const T> weights) {
  using Row = Eigen::Array<T, 1, Eigen::Dynamic>;
  APOGEE_CHECK(static_cast<int>(targets.size()) == logits.rows &&
               targets.size() == weights.size());
  double loss = 0;
  Row share(logits.cols);
  for (int i = 0; i < logits.rows; ++i) {
    if (weights[i] == 0) continue;
    const auto offset = static_cast<ptrdiff_t>(i) * logits.cols;
    share = Eigen::Map<const Row>(logits.value + offset, logits.cols);
    const T most = share.maxCoeff();
    const T target = share[targets[i]];
    share = (share - most).exp();
    const T total = share.sum();
    loss += static_cast<double>(weights[i]) *
            static_cast<double>(most + std::log(total) - target);
    if (logits.gradient == nullptr) continue;
    share *= weights[i] / total;
    share[targets[i]] -= weights[i];
    Eigen::Map<Row>(logits.gradient + offset, logits.cols) += share;
  }
  return loss;
}

template <typename T>
double GaussianLoss(Tensor<T> heads, absl::Span<const T> targets,
                    absl::Span<const T> weights) {
  APOGEE_CHECK(heads.cols == 2 &&
               static_cast<int>(targets.size()) == heads.rows &&
               targets.size() == weights.size());
  double loss = 0;
  for (int i = 0; i < heads.rows; ++i) {
    if (weights[i] == 0) continue;
    const T* const head = heads.value + 2 * static_cast<ptrdiff_t>(i);
    const T bounded = std::tanh(head[1] / T(kMostLogDeviation));
    const T deviation = std::exp(T(kMostLogDeviation) * bounded);
    const T distance = (targets[i] - head[0]) / deviation;
    loss += static_cast<double>(weights[i]) *
            (.5 * std::log(2 * M_PI) + kMostLogDeviation * bounded +
             .5 * distance * distance);
    if (heads.gradient == nullptr) continue;
    T* const gradient = heads.gradient + 2 * static_cast<ptrdiff_t>(i);
    gradient[0] -= weights[i] * distance / deviation;
    gradient[1] +=
        weights[i] * (1 - distance * distance) * (1 - bounded * bounded);
  }
  return loss;
}

double LogDeviation(double output) {
  return kMostLogDeviation * std::tanh(output / kMostLogDeviation);
}

template double CrossEntropy(Tensor<float>, absl::Span<const int>,
                             absl::Span<const float>);
template double CrossEntropy(Tensor<double>, absl::Span<const int>,
                             absl::Span<const double>);
template double GaussianLoss(Tensor<float>, absl::Span<const float>,
                             absl::Span<const float>);
template double GaussianLoss(Tensor<double>, absl::Span<const double>,
                             absl::Span<const double>);

}  // namespace apogee
