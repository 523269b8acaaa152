#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/adamw.h"
#include "algorithms/math/tape.h"
#include "algorithms/math/transformer.h"
#include "algorithms/math/weights.h"
#include "algorithms/regressor/number_code.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/token_embedding.h"
#include "algorithms/regressor/tokens.h"
#include "base/rng.h"

namespace apogee {

// A trial as the network reads it: the tokens of its study, then its own.
using TokenSequence = std::vector<Token>;

// An encoder that reads the tokens of a trial, and a decoder that says the
// number that it measures, token by token.
class TextNetwork {
 public:
  TextNetwork(const NetworkShape& shape, RandomStream random);

  void PrepareTraining(AdamW<float>& optimizer) const;

  // The mean loss of the sequences, each of which measures its number; leaves
  // its gradient in the optimizer of `weights`.
  double Loss(Tape<float>& tape, const WeightsView<float>& weights,
              const Vocabulary& vocabulary,
              absl::Span<const TokenSequence> sequences,
              absl::Span<const NumberTokens> numbers) const;

  // One prediction per sequence.
  std::vector<Prediction> Predict(
      Tape<float>& tape, const Vocabulary& vocabulary,
      absl::Span<const TokenSequence> sequences) const;

  const NetworkShape& shape() const { return shape_; }
  Weights<float>& weights() { return weights_; }
  const Weights<float>& weights() const { return weights_; }

 private:
  Tensor<float> Encode(Tape<float>& tape, const WeightsView<float>& weights,
                       const Vocabulary& vocabulary,
                       absl::Span<const TokenSequence> sequences) const;
  // For each row, of which `examples` says the sequence and `prefixes` the
  // tokens before `position`: the logits of the token there.
  Tensor<float> Decode(Tape<float>& tape, const WeightsView<float>& weights,
                       Tensor<float> encoded, absl::Span<const int> examples,
                       absl::Span<const NumberTokens> prefixes,
                       int position) const;

  NetworkShape shape_;
  Weights<float> weights_;
  std::optional<TokenEmbedding> embedding_;
  std::vector<TransformerLayer<float>> layers_;
  int norm_, prefix_;
  int read_, read_bias_;
  // Of each position.
  struct Head {
    int hidden, hidden_bias, out, out_bias;
  };
  std::vector<Head> heads_;
};

}  // namespace apogee
