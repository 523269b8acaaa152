#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// A number for every choice of one option per layer: a base, a term for the
// option of each layer, and one for the options of each two layers. Byte i of a
// choice is the option of layer i.
class Effects {
 public:
  // With more terms than this, pairs are left out.
  static constexpr int kMostPairTerms = 1 << 17;

  // 0 for every choice. `options` of each layer, 256 at most.
  Effects(absl::Span<const int> options, bool with_pairs);

  double Of(const std::string& choice) const;
  // By how much that rises when `layer` takes `option`.
  double Change(const std::string& choice, int layer, int option) const;

  int layers() const { return static_cast<int>(layers_.size()); }
  bool has_pairs() const { return !pairs_.empty(); }
  double& base() { return base_; }
  // The terms of a layer by option.
  std::vector<double>& layer(int i) { return layers_[i]; }
  const std::vector<double>& layer(int i) const { return layers_[i]; }
  // Those of layers i < j by option of i, then of j; there are pairs.
  std::vector<double>& pair(int i, int j) { return pairs_[PairOf(i, j)]; }

 private:
  size_t PairOf(size_t i, size_t j) const {
    return i * (2 * layers_.size() - i - 1) / 2 + j - i - 1;
  }
  double Terms(const std::string& choice, int layer, int option) const;

  double base_ = 0;
  std::vector<std::vector<double>> layers_;
  // (0, 1), (0, 2), ..., (1, 2), ...
  std::vector<std::vector<double>> pairs_;
};

}  // namespace apogee
