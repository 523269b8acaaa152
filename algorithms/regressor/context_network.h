#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/adamw.h"
#include "algorithms/math/tape.h"
#include "algorithms/math/transformer.h"
#include "algorithms/math/weights.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/token_embedding.h"
#include "algorithms/regressor/tokens.h"
#include "base/rng.h"

namespace apogee {

// Trials of one study: those that are known, and those to be predicted from
// them.
struct Episode {
  struct Row {
    std::vector<Token> tokens;
    // On the scale of OutcomeWarp, to be maximized; what infeasible trials
    // have does not count. Of a query it is what the network should say.
    double value = 0;
    bool is_feasible = true;
  };
  std::vector<Token> study_tokens;
  std::vector<Row> known;
  std::vector<Row> queries;
};

// What the network says of a query, on the same scale.
struct Belief {
  double mean;
  double deviation;
  double p_feasible;
};

// A transformer over the trials of a study, each trial a row: the sum of its
// tokens and its value. All rows look at the known ones only, so each query is
// answered as if it were alone.
class ContextNetwork {
 public:
  ContextNetwork(const NetworkShape& shape, RandomStream random);

  void PrepareTraining(AdamW<float>& optimizer) const;

  // The mean loss of all queries; leaves its gradient in the optimizer of
  // `weights`.
  double Loss(Tape<float>& tape, const WeightsView<float>& weights,
              const Vocabulary& vocabulary,
              absl::Span<const Episode> episodes) const;

  // One belief per query.
  std::vector<Belief> Predict(Tape<float>& tape, const Vocabulary& vocabulary,
                              const Episode& episode) const;

  const NetworkShape& shape() const { return shape_; }
  Weights<float>& weights() { return weights_; }
  const Weights<float>& weights() const { return weights_; }

 private:
  // Of each query, in the order of the episodes: mean and what LogDeviation
  // takes; logits of infeasible and feasible.
  struct Heads {
    Tensor<float> normal;
    Tensor<float> feasible;
  };
  Heads Apply(Tape<float>& tape, const WeightsView<float>& weights,
              const Vocabulary& vocabulary,
              absl::Span<const Episode> episodes) const;

  NetworkShape shape_;
  Weights<float> weights_;
  std::optional<TokenEmbedding> embedding_;
  std::vector<TransformerLayer<float>> layers_;
  int trial_, trial_bias_, value_, value_bias_;
  int norm_, normal_, normal_bias_, feasible_, feasible_bias_;
};

}  // namespace apogee
