#include "algorithms/regressor/text_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "algorithms/math/losses.h"

namespace apogee {
namespace {

// Late digits are mostly noise and count less.
constexpr std::array<float, kNumberTokens> kPositionWeights = {1, 1,   1,
                                                               1, .5F, .25F};
// The first row of each position in the table of prefixes, behind one row for
// each position itself.
constexpr int PrefixRow(int position) {
  int row = kNumberTokens;
  for (int before = 0; before < position; ++before) {
    row += kTokenChoices[before];
  }
  return row;
}

// To probabilities.
void Softmax(absl::Span<float> logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& logit : logits) sum += logit = std::exp(logit - most);
  for (float& logit : logits) logit /= sum;
}

}  // namespace

TextNetwork::TextNetwork(const NetworkShape& shape, RandomStream random)
    : shape_(shape) {
  embedding_.emplace(shape, shape.width, weights_, random);
  layers_.reserve(static_cast<size_t>(shape.layers));
  for (int i = 0; i < shape.layers; ++i) {
    layers_.emplace_back(shape.width, shape.heads, shape.hidden, weights_,
                         random);
  }
  const double by_width = 1 / std::sqrt(shape.width);
  const double by_hidden = 1 / std::sqrt(shape.hidden);
  norm_ = weights_.AddAffine(shape.width);
  read_ = weights_.Add(shape.width, shape.hidden, by_width, random);
  read_bias_ = weights_.Add(1, shape.hidden, 0, random);
  prefix_ = weights_.Add(PrefixRow(kNumberTokens), shape.hidden, .5, random);
  heads_.reserve(kNumberTokens);
  for (const int choices : kTokenChoices) {
    Head head;
    head.hidden = weights_.Add(shape.hidden, shape.width, by_hidden, random);
    head.hidden_bias = weights_.Add(1, shape.width, 0, random);
    head.out = weights_.Add(shape.width, choices, by_width / 2, random);
    head.out_bias = weights_.Add(1, choices, 0, random);
    heads_.push_back(head);
  }
}

void TextNetwork::PrepareTraining(AdamW<float>& optimizer) const {
  embedding_->PrepareTraining(optimizer);
}

Tensor<float> TextNetwork::Encode(
    Tape<float>& tape, const WeightsView<float>& weights,
    const Vocabulary& vocabulary,
    absl::Span<const TokenSequence> sequences) const {
  std::vector<Token> tokens;
  std::vector<AttentionBlock> all;
  std::vector<AttentionBlock> first;
  std::vector<int> starts;
  all.reserve(sequences.size());
  first.reserve(sequences.size());
  starts.reserve(sequences.size());
  for (const TokenSequence& sequence : sequences) {
    const int begin = static_cast<int>(tokens.size());
    const int length = static_cast<int>(sequence.size());
    all.push_back({begin, length, begin, length});
    first.push_back({static_cast<int>(starts.size()), 1, begin, length});
    starts.push_back(begin);
    tokens.insert(tokens.end(), sequence.begin(), sequence.end());
  }
  Tensor<float> x = embedding_->Apply(tape, weights, vocabulary, tokens);
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = layers_[i].Apply(tape, weights, x, x, all);
  }
  // Of the last layer only the rows that the decoder reads are needed.
  x = layers_.back().Apply(tape, weights, tape.Select(x, starts), x, first);
  return tape.Linear(tape.LayerNorm(x, weights[norm_]), weights[read_],
                     weights[read_bias_]);
}

Tensor<float> TextNetwork::Decode(Tape<float>& tape,
                                  const WeightsView<float>& weights,
                                  Tensor<float> encoded,
                                  absl::Span<const int> examples,
                                  absl::Span<const NumberTokens> prefixes,
                                  int position) const {
  std::vector<int> ids;
  std::vector<int> ends;
  ids.reserve(prefixes.size() * kNumberTokens);
  ends.reserve(prefixes.size());
  for (const NumberTokens& prefix : prefixes) {
    ids.push_back(position);
    for (int before = 0; before < position; ++before) {
      ids.push_back(PrefixRow(before) + prefix[before]);
    }
    ends.push_back(static_cast<int>(ids.size()));
  }
  const Head& head = heads_[position];
  const Tensor<float> state = tape.Gelu(tape.Add(
      tape.Select(encoded, examples), tape.Bag(weights[prefix_], ids, ends)));
  const Tensor<float> hidden = tape.Gelu(
      tape.Linear(state, weights[head.hidden], weights[head.hidden_bias]));
  return tape.Linear(hidden, weights[head.out], weights[head.out_bias]);
}

double TextNetwork::Loss(Tape<float>& tape, const WeightsView<float>& weights,
                         const Vocabulary& vocabulary,
                         absl::Span<const TokenSequence> sequences,
                         absl::Span<const NumberTokens> numbers) const {
  tape.Clear();
  const Tensor<float> encoded = Encode(tape, weights, vocabulary, sequences);
  std::vector<int> examples(sequences.size());
  std::iota(examples.begin(), examples.end(), 0);
  std::vector<int> targets(sequences.size());
  std::vector<float> shares(sequences.size());
  double loss = 0;
  for (int position = 0; position < kNumberTokens; ++position) {
    const Tensor<float> logits =
        Decode(tape, weights, encoded, examples, numbers, position);
    for (size_t i = 0; i < numbers.size(); ++i) {
      const bool ended = position > 0 && numbers[i][0] == kInfeasibleToken;
      targets[i] = numbers[i][position];
      shares[i] = ended ? 0
                        : kPositionWeights[position] /
                              static_cast<float>(numbers.size());
    }
    loss += CrossEntropy<float>(logits, targets, shares);
  }
  tape.Backward();
  return loss;
}

std::vector<Prediction> TextNetwork::Predict(
    Tape<float>& tape, const Vocabulary& vocabulary,
    absl::Span<const TokenSequence> sequences) const {
  tape.Clear();
  const WeightsView<float> weights(weights_);
  const Tensor<float> encoded = Encode(tape, weights, vocabulary, sequences);
  constexpr size_t kCount = kQuantiles.size();
  std::vector<QuantileDescent> descents;
  descents.reserve(sequences.size() * kCount);
  for (size_t i = 0; i < sequences.size(); ++i) {
    for (const double u : kQuantiles) descents.emplace_back(u);
  }
  std::vector<Prediction> predictions(sequences.size());
  std::vector<int> examples;
  std::vector<NumberTokens> prefixes;
  examples.reserve(descents.size());
  prefixes.reserve(descents.size());
  std::vector<size_t> rows(descents.size());
  for (int position = 0; position < kNumberTokens; ++position) {
    // Descents of one sequence that agree so far share a row; they rise, so
    // those that agree are neighbours.
    examples.clear();
    prefixes.clear();
    for (size_t i = 0; i < descents.size(); ++i) {
      if (i % kCount == 0 || descents[i].tokens() != descents[i - 1].tokens()) {
        examples.push_back(static_cast<int>(i / kCount));
        prefixes.push_back(descents[i].tokens());
      }
      rows[i] = examples.size() - 1;
    }
    const Tensor<float> logits =
        Decode(tape, weights, encoded, examples, prefixes, position);
    const auto choices = static_cast<size_t>(logits.cols);
    std::vector<float> shares(logits.value,
                              logits.value + examples.size() * choices);
    for (size_t row = 0; row < examples.size(); ++row) {
      Softmax({&shares[row * choices], choices});
    }
    for (size_t i = 0; i < descents.size(); ++i) {
      const float* const row = &shares[rows[i] * choices];
      descents[i].Advance({row, choices});
      if (position == 0) {
        predictions[i / kCount].p_feasible = 1 - row[kInfeasibleToken];
      }
    }
  }
  for (size_t i = 0; i < descents.size(); ++i) {
    predictions[i / kCount].quantiles[i % kCount] = descents[i].Value();
  }
  return predictions;
}

}  // namespace apogee
