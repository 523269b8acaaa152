#pragma once

#include "absl/types/span.h"
#include "algorithms/math/adamw.h"
#include "algorithms/math/tape.h"
#include "algorithms/math/weights.h"
#include "base/rng.h"

namespace apogee {

// One layer of a transformer: attention, then a network of one hidden layer,
// each added to what it was given and each reading its input normalized.
template <typename T>
class TransformerLayer {
 public:
  TransformerLayer(int width, int heads, int hidden, Weights<T>& weights,
                   RandomStream& random);

  // The rows of `x` look at rows of `seen`, in blocks.
  Tensor<T> Apply(Tape<T>& tape, const WeightsView<T>& weights, Tensor<T> x,
                  Tensor<T> seen,
                  absl::Span<const AttentionBlock> blocks) const;

 private:
  int heads_;
  int norm_, query_, query_bias_, keys_values_, keys_values_bias_, out_,
      out_bias_;
  int hidden_norm_, up_, up_bias_, down_, down_bias_;
};

extern template class TransformerLayer<float>;
extern template class TransformerLayer<double>;

}  // namespace apogee
