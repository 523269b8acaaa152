#pragma once

#include "absl/types/span.h"
#include "algorithms/math/tape.h"

namespace apogee {

// Losses return the sum over rows of the row's weight times the row's loss, and
// add the gradient of that to their tensor's if it has one.

// Minus the logarithm of the softmax probability of the target's column.
template <typename T>
double CrossEntropy(Tensor<T> logits, absl::Span<const int> targets,
                    absl::Span<const T> weights);

// Minus the log density of the target under a normal distribution: its mean in
// the first column, the second through LogDeviation.
template <typename T>
double GaussianLoss(Tensor<T> heads, absl::Span<const T> targets,
                    absl::Span<const T> weights);

// The logarithm of a deviation, which is kept within sane bounds.
double LogDeviation(double output);

extern template double CrossEntropy(Tensor<float>, absl::Span<const int>,
                                    absl::Span<const float>);
extern template double CrossEntropy(Tensor<double>, absl::Span<const int>,
                                    absl::Span<const double>);
extern template double GaussianLoss(Tensor<float>, absl::Span<const float>,
                                    absl::Span<const float>);
extern template double GaussianLoss(Tensor<double>, absl::Span<const double>,
                                    absl::Span<const double>);

}  // namespace apogee
