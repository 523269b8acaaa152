#pragma once

#include <cstdint>
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

// The change of one layer of an architecture.
struct Move {
  int layer;
  int option;
};

// The best architectures, by cost: for each bucket the best few. Each has a
// list of moves that are open, that is, worth trying.
class EliteTable {
 public:
  struct OpenMove {
    const Finished* parent;
    Move move;
  };

  // At most `width` elites per bucket.
  EliteTable(CostBuckets buckets, int width, int layers)
      : width_(width), open_(layers), buckets_(std::move(buckets)) {
    elites_.resize(buckets_.size());
  }

  // Whether Add would keep it: it is better than the worst of its bucket, or
  // there is room. Of equals the first stays.
  bool Admits(const Finished& finished) const;
  // Adds an elite that is admitted, in the place of the worst of its bucket
  // when that is full. `finished` outlives the table.
  void Add(const Finished* finished, std::vector<Move> open);
  // Closes the moves that lead to `architecture`.
  void Close(const Architecture& architecture);

  bool IsEmpty() const { return size_ == 0; }
  // Open moves, in all and of one layer.
  int64_t open() const { return total_open_; }
  int64_t open(int layer) const { return open_[layer]; }
  // Those of one layer, cheap parents first.
  std::vector<OpenMove> OpenMoves(int layer) const;
  // The best elite of each bucket that is better than those of all cheaper
  // buckets, cheap ones first. All elites, best first, if there is one bucket.
  std::vector<const Finished*> Front() const;

 private:
  struct Elite {
    const Finished* finished;
    std::vector<Move> open;
  };

  void Count(const Elite& elite, int sign);

  int width_;
  int64_t total_open_ = 0;
  std::vector<int64_t> open_;
  int64_t size_ = 0;
  CostBuckets buckets_;
  // By bucket; best first.
  std::vector<std::vector<Elite>> elites_;
};

}  // namespace apogee
