#pragma once

#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/adamw.h"
#include "algorithms/math/tape.h"
#include "algorithms/math/weights.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/tokens.h"
#include "base/rng.h"

namespace apogee {

// Makes rows of numbers of tokens: the embedding of the name plus that of the
// word or number.
class TokenEmbedding {
 public:
  TokenEmbedding(const NetworkShape& shape, int width, Weights<float>& weights,
                 RandomStream& random);

  // The table of pieces only moves where it is used.
  void PrepareTraining(AdamW<float>& optimizer) const;

  // One row per token.
  Tensor<float> Apply(Tape<float>& tape, const WeightsView<float>& weights,
                      const Vocabulary& vocabulary,
                      absl::Span<const Token> tokens) const;

 private:
  int table_, name_, name_bias_, word_, word_bias_, number_, number_bias_;
};

}  // namespace apogee
