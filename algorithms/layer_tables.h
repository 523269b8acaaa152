#pragma once

#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "algorithms/elite_table.h"
#include "algorithms/layer_cost.h"
#include "algorithms/layer_forecast.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/additive_model.h"

namespace apogee {

// What LAYER_NAS has learned. All of it follows from the finished trials in
// their order, whoever made them.
//
// The guided search has one table: for each bucket of cost, the best
// architecture. Dynamic programming has one for each depth d: the best of those
// that leave all layers but the first d at the reference. Its moves decide the
// next layer. (Fan et al., "LayerNAS: neural architecture search in polynomial
// complexity", 2023.)
class LayerTables {
 public:
  struct Settings {
    bool by_depth = false;  // by dynamic programming, not guided
    int buckets = 0;        // 0 if it follows from the budget
    int per_bucket = 0;     // the same
    int64_t budget = 0;     // trials of the study; 0 if unknown
    CostTarget target;
    bool has_cost = false;
    int cost_metric = -1;  // is minus the cost; -1 if costs are not measured
    std::vector<Goal> goals;
  };

  static constexpr int kMostBuckets = 400;

  // `layers` outlives the tables. `cost` is nothing if costs are measured; if
  // it puts the reference above the target, that is lowered.
  LayerTables(const LayerSpace* layers, LayerCost cost, Settings settings);

  // Takes in a finished trial. `made_up`: it was given for want of open moves.
  void Learn(const Architecture& architecture, const Observation& observation,
             bool made_up);

  const Architecture& reference() const { return reference_.architecture; }
  bool IsTried(const Architecture& architecture) const {
    return tried_.contains(architecture);
  }
  const std::vector<EliteTable>& tables() const { return tables_; }
  std::vector<EliteTable::OpenMove> OpenMoves(const EliteTable& table) const;
  const LayerForecast& forecast() const { return forecast_; }
  const LayerCost& cost() const { return cost_; }
  bool costs_known() const { return costs_known_; }
  // Whether single changes of the reference come first: they show what each
  // option costs and, to the guided search, is worth.
  bool wants_changes() const {
    return !costs_known_ ||
           (!settings_.by_depth && std::ssize(finished_) < first_trials_);
  }
  // Everything while nothing is known about costs.
  CostTarget target() const {
    return costs_known_ ? settings_.target : CostTarget();
  }
  // What an architecture of this expected cost costs, on the safe side.
  double Safely(double cost) const { return cost + 2 * cost_.deviation(); }

 private:
  int64_t CountOpen() const;
  void Resize();
  void Rebuild();
  void Place(const Finished& finished);
  bool LearnCost(const Finished& finished);
  void Close(const Architecture& architecture);
  void GiveUpOpenMoves();
  void Grow(bool rebuild);

  const LayerSpace* layers_;
  LayerCost cost_;
  Settings settings_;
  // Stands in for the reference while that has no result.
  Finished reference_;
  int64_t first_trials_;  // so many tell enough of the single changes
  AdditiveModel cost_model_;
  LayerForecast forecast_;
  bool costs_known_;
  int64_t assumed_budget_;
  // Whether the architectures that were tried gave a result.
  absl::flat_hash_map<Architecture, bool> tried_;
  std::deque<Finished> finished_;  // those that did, in order; do not move
  std::vector<EliteTable> tables_;
  int scale_ = 1;  // buckets of a table; without costs, elites of its only one
  int64_t idle_ = 0;  // trials in a row that were made up
};

}  // namespace apogee
