#include "algorithms/math/transformer.h"

#include <cmath>

namespace apogee {

template <typename T>
TransformerLayer<T>::TransformerLayer(int width, int heads, int hidden,
                                      Weights<T>& weights, RandomStream& random)
    : heads_(heads) {
  const double by_width = 1 / std::sqrt(width);
  const double by_hidden = 1 / std::sqrt(hidden);
  norm_ = weights.AddAffine(width);
  query_ = weights.Add(width, width, by_width, random);
  query_bias_ = weights.Add(1, width, 0, random);
  keys_values_ = weights.Add(width, 2 * width, by_width, random);
  keys_values_bias_ = weights.Add(1, 2 * width, 0, random);
  // What is added to the input begins small.
  out_ = weights.Add(width, width, by_width / 2, random);
  out_bias_ = weights.Add(1, width, 0, random);
  hidden_norm_ = weights.AddAffine(width);
  up_ = weights.Add(width, hidden, by_width, random);
  up_bias_ = weights.Add(1, hidden, 0, random);
  down_ = weights.Add(hidden, width, by_hidden / 2, random);
  down_bias_ = weights.Add(1, width, 0, random);
}

template <typename T>
Tensor<T> TransformerLayer<T>::Apply(
    Tape<T>& tape, const WeightsView<T>& weights, Tensor<T> x, Tensor<T> seen,
    absl::Span<const AttentionBlock> blocks) const {
  const Tensor<T> queries = tape.Linear(tape.LayerNorm(x, weights[norm_]),
                                        weights[query_], weights[query_bias_]);
  const Tensor<T> keys_values =
      tape.Linear(tape.LayerNorm(seen, weights[norm_]), weights[keys_values_],
                  weights[keys_values_bias_]);
  const Tensor<T> attended =
      tape.Attention(queries, keys_values, heads_, blocks);
  x = tape.Add(x, tape.Linear(attended, weights[out_], weights[out_bias_]));
  const Tensor<T> hidden =
      tape.Gelu(tape.Linear(tape.LayerNorm(x, weights[hidden_norm_]),
                            weights[up_], weights[up_bias_]));
  return tape.Add(x, tape.Linear(hidden, weights[down_], weights[down_bias_]));
}

template class TransformerLayer<float>;
template class TransformerLayer<double>;

}  // namespace apogee
