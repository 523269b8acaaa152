#pragma once

#include <vector>

#include "algorithms/layer_space.h"
#include "algorithms/math/cost_buckets.h"
#include "algorithms/outcome.h"

namespace apogee {

// An architecture whose trial has finished.
struct Finished {
  Architecture architecture;
  Outcome outcome;
  double cost;
};

// The best architectures, by cost: for each bucket the best few. Each has a
// list of moves that are open: options of one layer, the same for all, that are
// worth trying.
class EliteTable {
 public:
  struct OpenMove {
    const Finished* parent;
    int option;
  };

  // At most `width` elites per bucket. Moves change `layer`.
  EliteTable(CostBuckets buckets, int width, int layer)
      : width_(width), layer_(layer), buckets_(std::move(buckets)) {
    elites_.resize(buckets_.size());
  }

  // Whether Add would keep it: it is better than the worst of its bucket, or
  // there is room. Of equals the first stays.
  bool Admits(const Finished& finished) const;
  // Adds an elite that is admitted, in the place of the worst of its bucket
  // when that is full. `finished` outlives the table.
  void Add(const Finished* finished, std::vector<int> open);
  // Closes the moves that lead to `architecture`.
  void Close(const Architecture& architecture);

  const CostBuckets& buckets() const { return buckets_; }
  // Open moves, cheap parents first. `of_front`: only those of buckets whose
  // best is better than those of all cheaper buckets.
  std::vector<OpenMove> OpenMoves(bool of_front) const;
  // The best elite of each bucket that is better than those of all cheaper
  // buckets, cheap ones first. All elites, best first, if there is one bucket.
  std::vector<const Finished*> Front() const;

 private:
  struct Elite {
    const Finished* finished;
    std::vector<int> open;
  };

  int width_;
  int layer_;
  CostBuckets buckets_;
  // By bucket; best first.
  std::vector<std::vector<Elite>> elites_;
};

}  // namespace apogee
