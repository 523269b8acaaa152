#include "algorithms/regressor/context_network.h"

#include <cmath>
#include <cstddef>

#include "algorithms/math/losses.h"

namespace apogee {
namespace {

// Known and feasible, its value, known and infeasible, a query.
constexpr int kValueFeatures = 4;

void ValueFeatures(const Episode::Row& row, bool is_known, float* features) {
  const bool has_value = is_known && row.is_feasible;
  features[0] = has_value ? 1 : 0;
  features[1] = has_value ? static_cast<float>(row.value) : 0;
  features[2] = is_known && !row.is_feasible ? 1 : 0;
  features[3] = is_known ? 0 : 1;
}

int Size(const std::vector<Episode::Row>& rows) {
  return static_cast<int>(rows.size());
}

}  // namespace

ContextNetwork::ContextNetwork(const NetworkShape& shape, RandomStream random)
    : shape_(shape) {
  embedding_.emplace(shape, shape.hidden, weights_, random);
  const double by_width = 1 / std::sqrt(shape.width);
  const double by_hidden = 1 / std::sqrt(shape.hidden);
  trial_ = weights_.Add(shape.hidden, shape.width, by_hidden / 2, random);
  trial_bias_ = weights_.Add(1, shape.width, 0, random);
  value_ = weights_.Add(kValueFeatures, shape.width, .5, random);
  value_bias_ = weights_.Add(1, shape.width, 0, random);
  layers_.reserve(static_cast<size_t>(shape.layers));
  for (int i = 0; i < shape.layers; ++i) {
    layers_.emplace_back(shape.width, shape.heads, shape.hidden, weights_,
                         random);
  }
  norm_ = weights_.AddAffine(shape.width);
  normal_ = weights_.Add(shape.width, 2, by_width / 2, random);
  normal_bias_ = weights_.Add(1, 2, 0, random);
  feasible_ = weights_.Add(shape.width, 2, by_width / 2, random);
  feasible_bias_ = weights_.Add(1, 2, 0, random);
}

void ContextNetwork::PrepareTraining(AdamW<float>& optimizer) const {
  embedding_->PrepareTraining(optimizer);
}

ContextNetwork::Heads ContextNetwork::Apply(
    Tape<float>& tape, const WeightsView<float>& weights,
    const Vocabulary& vocabulary, absl::Span<const Episode> episodes) const {
  // Rows: the known ones of all episodes, then the queries of all.
  int known = 0;
  int queries = 0;
  for (const Episode& episode : episodes) {
    known += Size(episode.known);
    queries += Size(episode.queries);
  }
  std::vector<Token> tokens;
  std::vector<int> study_begins;
  study_begins.reserve(episodes.size());
  for (const Episode& episode : episodes) {
    study_begins.push_back(static_cast<int>(tokens.size()));
    tokens.insert(tokens.end(), episode.study_tokens.begin(),
                  episode.study_tokens.end());
  }
  std::vector<int> ids;
  std::vector<int> ends;
  ends.reserve(static_cast<size_t>(known) + static_cast<size_t>(queries));
  float* features = nullptr;
  const Tensor<float> values =
      tape.Input(known + queries, kValueFeatures, &features);
  for (const bool is_known : {true, false}) {
    for (size_t i = 0; i < episodes.size(); ++i) {
      const int study_end =
          study_begins[i] + static_cast<int>(episodes[i].study_tokens.size());
      for (const Episode::Row& row :
           is_known ? episodes[i].known : episodes[i].queries) {
        for (int id = study_begins[i]; id < study_end; ++id) ids.push_back(id);
        for (const Token& token : row.tokens) {
          ids.push_back(static_cast<int>(tokens.size()));
          tokens.push_back(token);
        }
        ValueFeatures(row, is_known, features + ends.size() * kValueFeatures);
        ends.push_back(static_cast<int>(ids.size()));
      }
    }
  }
  std::vector<AttentionBlock> query_blocks;
  std::vector<AttentionBlock> blocks;
  query_blocks.reserve(episodes.size());
  blocks.reserve(2 * episodes.size());
  int known_begin = 0;
  int query_begin = 0;
  for (const Episode& episode : episodes) {
    const int keys = Size(episode.known);
    const int asking = Size(episode.queries);
    blocks.push_back({known_begin, keys, known_begin, keys});
    blocks.push_back({known + query_begin, asking, known_begin, keys});
    query_blocks.push_back({query_begin, asking, known_begin, keys});
    known_begin += keys;
    query_begin += asking;
  }

  const Tensor<float> token_rows =
      tape.Gelu(embedding_->Apply(tape, weights, vocabulary, tokens));
  Tensor<float> x =
      tape.Add(tape.Linear(tape.Bag(token_rows, ids, ends), weights[trial_],
                           weights[trial_bias_]),
               tape.Linear(values, weights[value_], weights[value_bias_]));
  for (size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = layers_[i].Apply(tape, weights, x, x.Rows(0, known), blocks);
  }
  x = layers_.back().Apply(tape, weights, x.Rows(known, queries),
                           x.Rows(0, known), query_blocks);
  x = tape.LayerNorm(x, weights[norm_]);
  return {tape.Linear(x, weights[normal_], weights[normal_bias_]),
          tape.Linear(x, weights[feasible_], weights[feasible_bias_])};
}

double ContextNetwork::Loss(Tape<float>& tape,
                            const WeightsView<float>& weights,
                            const Vocabulary& vocabulary,
                            absl::Span<const Episode> episodes) const {
  tape.Clear();
  const Heads heads = Apply(tape, weights, vocabulary, episodes);
  std::vector<float> targets;
  std::vector<float> shares;
  std::vector<int> feasible;
  std::vector<float> feasible_shares;
  const auto count = static_cast<size_t>(heads.normal.rows);
  targets.reserve(count);
  shares.reserve(count);
  feasible.reserve(count);
  feasible_shares.reserve(count);
  const float share = 1 / static_cast<float>(count);
  for (const Episode& episode : episodes) {
    for (const Episode::Row& row : episode.queries) {
      targets.push_back(static_cast<float>(row.value));
      shares.push_back(row.is_feasible ? share : 0);
      feasible.push_back(row.is_feasible ? 1 : 0);
      feasible_shares.push_back(share);
    }
  }
  const double loss =
      GaussianLoss<float>(heads.normal, targets, shares) +
      CrossEntropy<float>(heads.feasible, feasible, feasible_shares);
  tape.Backward();
  return loss;
}

std::vector<Belief> ContextNetwork::Predict(Tape<float>& tape,
                                            const Vocabulary& vocabulary,
                                            const Episode& episode) const {
  tape.Clear();
  const Heads heads = Apply(tape, weights_, vocabulary, {&episode, 1});
  std::vector<Belief> beliefs(episode.queries.size());
  for (size_t i = 0; i < beliefs.size(); ++i) {
    const float* const normal = heads.normal.value + 2 * i;
    const float* const feasible = heads.feasible.value + 2 * i;
    beliefs[i] = {normal[0], std::exp(LogDeviation(normal[1])),
                  1 / (1 + std::exp(static_cast<double>(feasible[0]) -
                                    static_cast<double>(feasible[1])))};
  }
  return beliefs;
}

}  // namespace apogee
