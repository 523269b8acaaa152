#include "algorithms/math/adamw.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace apogee {
namespace {

constexpr double kMeanDecay = .9;
constexpr double kSquareDecay = .99;
constexpr double kLongestGradient = 1;

}  // namespace

template <typename T>
AdamW<T>::AdamW(Weights<T>& weights) : weights_(weights) {
  states_.resize(weights.matrices_.size());
  for (size_t i = 0; i < states_.size(); ++i) {
    const size_t count = weights.matrices_[i].values.size();
    states_[i].gradient.resize(count);
    states_[i].mean.resize(count);
    states_[i].square.resize(count);
  }
}

template <typename T>
Tensor<T> AdamW<T>::operator[](int matrix) {
  Tensor<T> tensor = std::as_const(weights_)[matrix];
  tensor.gradient = states_[matrix].gradient.data();
  return tensor;
}

template <typename T>
void AdamW<T>::MakeSparse(int matrix) {
  states_[matrix].sparse = true;
  states_[matrix].is_touched.resize(
      static_cast<size_t>(weights_.matrices_[matrix].rows));
}

template <typename T>
void AdamW<T>::Touch(int matrix, int row) {
  State& state = states_[matrix];
  if (state.is_touched[row]) return;
  state.is_touched[row] = true;
  state.touched.push_back(row);
}

template <typename T>
template <typename Visit>
void AdamW<T>::ForRanges(Visit visit) {
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].sparse) {
      visit(i, 0, states_[i].gradient.size());
      continue;
    }
    const auto cols = static_cast<size_t>(weights_.matrices_[i].cols);
    for (const int row : states_[i].touched) {
      visit(i, static_cast<size_t>(row) * cols, cols);
    }
  }
}

template <typename T>
void AdamW<T>::Step(double learning_rate, double weight_decay) {
  using Numbers = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
  double square_length = 0;
  ForRanges([&](size_t i, size_t begin, size_t count) {
    const Numbers gradient(&states_[i].gradient[begin],
                           static_cast<Eigen::Index>(count));
    square_length += static_cast<double>(gradient.square().sum());
  });
  const double length = std::sqrt(square_length);
  const T cut = static_cast<T>(
      length > kLongestGradient ? kLongestGradient / length : 1.0);

  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const T mean_scale = static_cast<T>(1 / (1 - std::pow(kMeanDecay, steps)));
  const T square_scale =
      static_cast<T>(1 / (1 - std::pow(kSquareDecay, steps)));
  const T keep = static_cast<T>(1 - learning_rate * weight_decay);
  ForRanges([&](size_t i, size_t begin, size_t count) {
    const auto n = static_cast<Eigen::Index>(count);
    State& state = states_[i];
    Numbers gradient(&state.gradient[begin], n);
    Numbers mean(&state.mean[begin], n);
    Numbers square(&state.square[begin], n);
    Numbers values(&weights_.matrices_[i].values[begin], n);
    mean = T(kMeanDecay) * mean + T((1 - kMeanDecay)) * cut * gradient;
    square = T(kSquareDecay) * square +
             T((1 - kSquareDecay)) * (cut * gradient).square();
    values = keep * values - static_cast<T>(learning_rate) * mean_scale * mean /
                                 ((square_scale * square).sqrt() + T(1e-8));
    gradient.setZero();
  });
  for (State& state : states_) {
    for (const int row : state.touched) state.is_touched[row] = false;
    state.touched.clear();
  }
}

double LearningRateShare(double progress) {
  constexpr double kWarmUp = .05;
  constexpr double kLeast = .02;
  if (progress < kWarmUp) return kLeast + (1 - kLeast) * progress / kWarmUp;
  const double left = std::clamp((1 - progress) / (1 - kWarmUp), 0.0, 1.0);
  return kLeast + (1 - kLeast) * .5 * (1 - std::cos(M_PI * left));
}

template class AdamW<float>;
template class AdamW<double>;

}  // namespace apogee
