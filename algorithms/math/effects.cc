#include "algorithms/math/effects.h"

#include <cstddef>

namespace apogee {
namespace {

size_t OptionAt(const std::string& choice, size_t layer) {
  return static_cast<unsigned char>(choice[layer]);
}

}  // namespace

Effects::Effects(absl::Span<const int> options, bool with_pairs) {
  layers_.reserve(options.size());
  int64_t terms = 0;
  int64_t pair_terms = 0;
  for (const int count : options) {
    layers_.emplace_back(count);
    pair_terms += terms * count;
    terms += count;
  }
  if (!with_pairs || pair_terms > kMostPairTerms) return;
  pairs_.reserve(options.size() * options.size() / 2);
  for (size_t i = 0; i < options.size(); ++i) {
    for (size_t j = i + 1; j < options.size(); ++j) {
      pairs_.emplace_back(layers_[i].size() * layers_[j].size());
    }
  }
}

double Effects::Of(const std::string& choice) const {
  double sum = base_;
  auto pair = pairs_.begin();
  for (size_t i = 0; i < layers_.size(); ++i) {
    const size_t option = OptionAt(choice, i);
    sum += layers_[i][option];
    if (pairs_.empty()) continue;
    for (size_t j = i + 1; j < layers_.size(); ++j, ++pair) {
      sum += (*pair)[option * layers_[j].size() + OptionAt(choice, j)];
    }
  }
  return sum;
}

double Effects::Change(const std::string& choice, int layer, int option) const {
  return Terms(choice, layer, option) -
         Terms(choice, layer, static_cast<int>(OptionAt(choice, layer)));
}

// What depends on `layer` when it takes `option`.
double Effects::Terms(const std::string& choice, int layer, int option) const {
  const auto l = static_cast<size_t>(layer);
  const auto taken = static_cast<size_t>(option);
  double sum = layers_[l][taken];
  if (pairs_.empty()) return sum;
  for (size_t i = 0; i < l; ++i) {
    sum +=
        pairs_[PairOf(i, l)][OptionAt(choice, i) * layers_[l].size() + taken];
  }
  for (size_t j = l + 1; j < layers_.size(); ++j) {
    sum +=
        pairs_[PairOf(l, j)][taken * layers_[j].size() + OptionAt(choice, j)];
  }
  return sum;
}

}  // namespace apogee
