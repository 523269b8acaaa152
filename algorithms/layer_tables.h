#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "algorithms/elite_table.h"
#include "algorithms/layer_cost.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/additive_model.h"
#include "algorithms/outcome.h"

namespace apogee {

// What LAYER_NAS has learned: dynamic programming over prefixes.
//
// A prefix is an architecture of which only the first layers are decided, while
// the others stand at the reference. Table d of `tables` keeps, for each bucket
// of cost, the best prefixes with d decided layers; its moves decide the next
// one. The last keeps whole architectures; its moves change any layer.
// (Fan et al., "LayerNAS: neural architecture search in polynomial complexity",
// 2023.)
//
// An architecture shows by itself at which depths it is a prefix and from which
// parent it comes. So all of this follows from the finished trials in their
// order, whoever made them.
class LayerTables {
 public:
  // kPaper: prefixes. kPlus: prefixes, then whole architectures. When all moves
  // are spent, both cut their tables twice as finely. kX: whole architectures,
  // without moves.
  enum class Variant { kPaper, kPlus, kX };

  struct Settings {
    Variant variant;
    // 0 if these follow from the budget.
    int buckets = 0;
    int per_bucket = 0;
    // Trials of the study; 0 if unknown.
    int64_t budget = 0;
    CostTarget target;
    bool has_cost = false;
    bool measures_cost = false;
  };

  static constexpr int kMostBuckets = 400;

  // `layers` outlives the tables. `cost` is nothing if costs are measured; if
  // it puts the reference above the target, that is lowered.
  LayerTables(const LayerSpace* layers, LayerCost cost, Settings settings);

  // Takes in a finished trial and what it cost, if that is measured. `made_up`:
  // it was given for want of open moves.
  void Learn(const Architecture& architecture, Outcome outcome,
             std::optional<double> cost, bool made_up);

  const Architecture& reference() const { return reference_.architecture; }
  bool IsTried(const Architecture& architecture) const {
    return tried_.contains(architecture);
  }
  absl::Span<const EliteTable> tables() const { return tables_; }
  const LayerCost& cost() const { return cost_; }
  // Everything while nothing is known about costs.
  CostTarget target() const {
    return costs_known_ ? settings_.target : CostTarget();
  }
  // What an architecture of this expected cost costs, on the safe side.
  double Safely(double cost) const { return cost + 2 * cost_.deviation(); }

 private:
  int Decided(const Architecture& architecture) const;
  int64_t CountOpen() const;
  void Resize();
  void Rebuild();
  void Place(const Finished& finished);
  std::vector<Move> MovesFrom(const Finished& finished, int depth) const;
  void CloseMovesTo(const Architecture& architecture);
  void GiveUpOpenMoves();
  bool IsTimeToFit() const;
  void FitCosts();
  void Grow(bool rebuild);

  const LayerSpace* layers_;
  LayerCost cost_;
  Settings settings_;
  // Stands in for the reference while that has no result.
  Finished reference_;
  std::optional<AdditiveModel> model_;
  bool costs_known_;
  int next_fit_ = 0;
  int64_t assumed_budget_;
  // Whether the architectures that were tried gave a result.
  absl::flat_hash_map<Architecture, bool> tried_;
  // Those that did, in order; at fixed addresses.
  std::deque<Finished> finished_;
  std::vector<EliteTable> tables_;
  // Tables below this depth have done their work and are empty.
  int first_depth_;
  // Buckets of a table; without costs, elites of its only bucket.
  int scale_ = 1;
  // Trials in a row that were made up.
  int64_t idle_ = 0;
};

}  // namespace apogee
