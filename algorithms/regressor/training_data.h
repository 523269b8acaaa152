#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/tokens.h"
#include "base/rng.h"

namespace apogee {

// Studies to learn from, as tokens.
class TrainingData {
 public:
  // Studies without feasible trials are left out; at least one must remain.
  static absl::StatusOr<TrainingData> Make(absl::Span<const NamedStudy> studies,
                                           int buckets);

  // Large studies come more often, but not in proportion: by the square root
  // of their trials.
  const TokenStudy& Draw(RandomStream& random) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  // A text that no study knows.
  int StrangeText(RandomStream& random) const;

 private:
  explicit TrainingData(int buckets) : vocabulary_(buckets) {}

  Vocabulary vocabulary_;
  std::vector<TokenStudy> studies_;
  // Running sums of the shares of the studies.
  std::vector<double> shares_;
  std::vector<int> strange_;
};

// Replaces texts by strange ones, each by the same one every time: so networks
// learn what to make of texts that they do not know.
class Disguise {
 public:
  explicit Disguise(const TrainingData& data) : data_(data) {}

  int operator()(int text, RandomStream& random);

 private:
  const TrainingData& data_;
  absl::flat_hash_map<int, int> strange_;
};

}  // namespace apogee
