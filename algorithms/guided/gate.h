#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "algorithms/guided/guided_memo.h"
#include "algorithms/guided/label_scale.h"

namespace apogee {

// Decides which source chooses a point, by how well each of them predicted the
// last trials before their results were known: weights fall exponentially with
// the errors. The study's own process keeps a share whatever the others do, and
// so does chance.
class Gate {
 public:
  // A finished feasible trial, with its objective.
  void Add(const GuidedMemo& memo, double value);

  // The share of each of these sources, among them kProcess; the sum is 1.
  // Trials count that all of them predicted, the last 20.
  std::vector<double> Shares(const std::vector<Source>& sources,
                             const LabelScale& scale) const;

  // Who chooses the point with this number. Each source gets its share of any
  // few numbers in sequence.
  Source Choose(const std::vector<Source>& sources, const LabelScale& scale,
                int64_t ordinal) const;

 private:
  struct Trial {
    std::vector<GuidedMemo::Expected> expected;
    double value;
  };
  std::deque<Trial> trials_;
};

}  // namespace apogee
