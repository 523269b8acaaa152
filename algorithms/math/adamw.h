#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/math/tape.h"
#include "algorithms/math/weights.h"

namespace apogee {

// Gradient descent on weights, each number with a step of its own. (Loshchilov
// and Hutter, "Decoupled weight decay regularization", ICLR 2019.)
template <typename T>
class AdamW {
 public:
  // The weights must outlive the optimizer.
  explicit AdamW(Weights<T>& weights);

  // With the gradient that the next Step takes.
  Tensor<T> operator[](int matrix);
  // From here on only the rows that were touched since the last step have a
  // gradient and move.
  void MakeSparse(int matrix);
  void Touch(int matrix, int row);

  // Moves against the gradients and sets them to 0. Longer gradients are cut
  // to length 1.
  void Step(double learning_rate, double weight_decay);

 private:
  struct State {
    std::vector<T> gradient;
    std::vector<T> mean;
    std::vector<T> square;
    bool sparse = false;
    std::vector<int> touched;
    std::vector<bool> is_touched;
  };
  // Calls `visit(matrix, state, begin, end)` with every range that may have a
  // gradient.
  template <typename Visit>
  void ForRanges(Visit visit);

  Weights<T>& weights_;
  std::vector<State> states_;
  int64_t steps_ = 0;
};

// The weights of a network that computes, or that is being trained.
template <typename T>
class WeightsView {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  WeightsView(const Weights<T>& weights) : weights_(&weights) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  WeightsView(AdamW<T>& optimizer) : optimizer_(&optimizer) {}

  Tensor<T> operator[](int matrix) const {
    return optimizer_ != nullptr ? (*optimizer_)[matrix] : (*weights_)[matrix];
  }
  // Nothing when it only computes.
  AdamW<T>* optimizer() const { return optimizer_; }

 private:
  const Weights<T>* weights_ = nullptr;
  AdamW<T>* optimizer_ = nullptr;
};

// Learning rate as a share of the highest: rises over the first 5 % of the way,
// then falls as a cosine to 2 %.
double LearningRateShare(double progress);

extern template class AdamW<float>;
extern template class AdamW<double>;

}  // namespace apogee
