#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/outcome.h"

namespace apogee {

// What a trial's memo says of a half: one of the two trials of a pair, at
// centre + sigma g and centre - sigma g. The direction g is not stored: it is
// drawn again from Rng(seed).At(pair).
struct HalfMemo {
  // The ordinal at which the pair was opened.
  int64_t pair;
  // 0 for the side of + g, 1 for that of - g.
  int side;
  // 1, or 2 when it was issued again.
  int attempt;
  uint64_t seed;
  double sigma;
  // How many trials had finished when it was issued.
  int64_t finished;
  // How often the centre had moved when the pair was opened.
  int64_t version;

  std::string ToText() const;
  // Nothing for a text that is not from ToText.
  static std::optional<HalfMemo> Parse(absl::string_view text);
};

// Keeps account of pairs whose halves finish in any order, fail, are lost or
// come twice. A half that fails is issued once more; so is one that is still
// pending when very many others have finished. The answer that comes first
// counts.
class AntitheticPairs {
 public:
  struct Half {
    bool failed = false;
    bool done = false;
    // Of the last trial that ended.
    Point point;
    Outcome outcome;
  };
  struct Pair {
    uint64_t seed;
    double sigma;
    int64_t version;
    std::array<Half, 2> halves;
  };

  // A half to issue.
  struct Task {
    HalfMemo memo;
    // Where it lay when it was issued before; else where its other half lies.
    Point point;
    bool again;
    // For one that may be lost: how many trials have finished since.
    std::optional<int64_t> waited;
  };

  struct Result {
    // Whether the half will not be issued again.
    bool final;
    // The pair that it completes.
    int64_t id = 0;
    std::optional<Pair> pair;
  };
  Result Observe(const HalfMemo& memo, const Point& point,
                 const Outcome& outcome);

  // The halves that are to be issued, those of older pairs first. `finished` is
  // the number of trials that have finished; a half that is pending may be lost
  // when more than `patience` of them did since it was issued.
  std::vector<Task> Tasks(absl::Span<const Pending> pending, int64_t finished,
                          int64_t patience) const;

 private:
  // By id.
  std::map<int64_t, Pair> open_;
  // Complete or given up; their late halves count no more.
  absl::flat_hash_set<int64_t> closed_;
};

}  // namespace apogee
