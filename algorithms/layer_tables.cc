#include "algorithms/layer_tables.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace apogee {
namespace {

// Of the guided search.
constexpr int kGuidedBuckets = 50;
// The fewest that trade-offs can be seen in.
constexpr int kFewestBuckets = 4;
// The budget in trials per move when it is unknown. Doubled when it is spent.
constexpr int kAssumedTrialsPerMove = 6;
// At most one in so many trials of the budget, or so many trials if it is
// unknown, are for single changes of the reference.
constexpr int kShareOfChanges = 4;
constexpr int64_t kMostChanges = 200;
// Costs beyond this are as good as infinite, and their squares are not.
constexpr double kMostCost = 1e100;

// How many layers are decided in an architecture that otherwise stands at the
// reference.
int Decided(const Architecture& architecture, const Architecture& reference) {
  auto depth = static_cast<int>(architecture.size());
  while (depth > 0 && architecture[depth - 1] == reference[depth - 1]) --depth;
  return depth;
}

// How many trials go into single changes of the reference: one for each.
int64_t FirstTrials(const LayerSpace& layers, int64_t budget) {
  const int64_t most = budget > 0 ? budget / kShareOfChanges : kMostChanges;
  return std::min<int64_t>(layers.moves() + 1, most);
}

}  // namespace

LayerTables::LayerTables(const LayerSpace* layers, LayerCost cost,
                         Settings settings)
    : layers_(layers),
      cost_(std::move(cost)),
      settings_(std::move(settings)),
      first_trials_(FirstTrials(*layers, settings_.budget)),
      cost_model_(layers->OptionCounts(), !settings_.by_depth, first_trials_),
      forecast_(*layers, settings_.goals),
      costs_known_(settings_.cost_metric < 0),
      assumed_budget_(int64_t{kAssumedTrialsPerMove} * layers->moves()) {
  reference_.architecture = layers_->reference();
  reference_.outcome.violation = std::numeric_limits<double>::infinity();
  cost_.Lower(target().max, reference_.architecture);
  cost_.SetReference(reference_.architecture);
  Resize();
  Rebuild();
}

void LayerTables::Learn(const Architecture& architecture,
                        const Observation& observation, bool made_up) {
  const auto [tried, is_new] = tried_.emplace(architecture, false);
  if (is_new) {
    Close(architecture);
    idle_ = made_up ? idle_ + 1 : 0;
    GiveUpOpenMoves();
  }
  bool rebuild = false;
  // Of several results for an architecture the first counts.
  if (observation.IsFeasible() && !tried->second) {
    tried->second = true;
    const double cost = settings_.cost_metric < 0
                            ? cost_.Of(architecture)
                            : -observation.metrics[settings_.cost_metric];
    finished_.push_back({architecture, Judge(settings_.goals, observation),
                         std::clamp(cost, -kMostCost, kMostCost)});
    if (!settings_.by_depth) forecast_.Add(architecture, observation.metrics);
    rebuild = LearnCost(finished_.back());
    // The reference takes the place of its stand-in.
    rebuild = rebuild || architecture == reference_.architecture;
    if (!rebuild) Place(finished_.back());
  }
  Grow(rebuild);
}

std::vector<EliteTable::OpenMove> LayerTables::OpenMoves(
    const EliteTable& table) const {
  // What costs more than something better leads to nothing under any limit, but
  // may be needed to cost enough.
  return table.OpenMoves(settings_.target.min ==
                         -std::numeric_limits<double>::infinity());
}

int64_t LayerTables::CountOpen() const {
  int64_t open = 0;
  for (const EliteTable& table : tables_) {
    open += static_cast<int64_t>(OpenMoves(table).size());
  }
  return open;
}

// How finely the tables are cut, unless an option says it: by depth, so that
// the budget suffices for one pass, which takes a little less than a trial per
// bucket and move.
void LayerTables::Resize() {
  const int given =
      settings_.has_cost ? settings_.buckets : settings_.per_bucket;
  if (given > 0) {
    scale_ = std::max(scale_, given);
    return;
  }
  if (!settings_.by_depth) {
    scale_ = kGuidedBuckets;
    return;
  }
  const double budget = static_cast<double>(
      settings_.budget > 0 ? settings_.budget : assumed_budget_);
  const int per_bucket =
      settings_.has_cost ? std::max(1, settings_.per_bucket) : 1;
  const double affordable =
      budget / (per_bucket * std::max(1, layers_->moves()));
  const int fewest = settings_.has_cost ? kFewestBuckets : 1;
  scale_ = std::max(scale_, static_cast<int>(std::clamp<double>(
                                affordable, fewest, kMostBuckets)));
}

void LayerTables::Rebuild() {
  const int per_bucket =
      settings_.has_cost ? std::max(1, settings_.per_bucket) : scale_;
  std::vector<CostBuckets> buckets =
      cost_.Buckets(target(), settings_.has_cost ? scale_ : 1);
  tables_.clear();
  if (settings_.by_depth) {
    for (int depth = 0; depth < layers_->size(); ++depth) {
      tables_.emplace_back(std::move(buckets[depth]), per_bucket, depth);
    }
  } else {
    tables_.emplace_back(std::move(buckets.back()), per_bucket, -1);
  }
  const auto reference = tried_.find(reference_.architecture);
  if (reference == tried_.end() || !reference->second) {
    reference_.cost = cost_.Of(reference_.architecture);
    Place(reference_);
  }
  for (const Finished& each : finished_) Place(each);
}

// Into every table that it belongs to.
void LayerTables::Place(const Finished& finished) {
  if (!costs_known_) return;
  if (!settings_.by_depth) {
    EliteTable& table = tables_.back();
    if (!finished.outcome.IsInfeasible() && table.Admits(finished) &&
        cost_.CanReach(target(), layers_->size(), finished.cost)) {
      table.Add(&finished, {});
    }
    return;
  }
  for (int depth = Decided(finished.architecture, reference_.architecture);
       depth < layers_->size(); ++depth) {
    if (!cost_.CanReach(target(), depth, finished.cost) ||
        !tables_[depth].Admits(finished)) {
      continue;
    }
    std::vector<int> open;
    Architecture child = finished.architecture;
    for (int option = 0; option < layers_->options(depth); ++option) {
      const double cost =
          finished.cost + cost_.Change(finished.architecture, depth, option);
      SetOption(child, depth, option);
      if (child != finished.architecture && !IsTried(child) &&
          cost_.CanReach(target(), depth + 1, Safely(cost))) {
        open.push_back(option);
      }
    }
    tables_[depth].Add(&finished, std::move(open));
  }
}

void LayerTables::Close(const Architecture& architecture) {
  if (!settings_.by_depth) return;
  const int depth = Decided(architecture, reference_.architecture);
  if (depth > 0) tables_[depth - 1].Close(architecture);
}

// Trials are only made up while all open moves are on their way. When that goes
// on for long, their workers are lost.
void LayerTables::GiveUpOpenMoves() {
  if (!settings_.by_depth || idle_ < 32 || idle_ < 32 + 8 * CountOpen()) return;
  idle_ = 0;
  for (int depth = 0; depth < layers_->size(); ++depth) {
    for (const EliteTable::OpenMove& move : OpenMoves(tables_[depth])) {
      Architecture lost = move.parent->architecture;
      SetOption(lost, depth, move.option);
      tried_.emplace(lost, false);
      tables_[depth].Close(lost);
    }
  }
}

// Whether that changed what is believed of costs.
bool LayerTables::LearnCost(const Finished& finished) {
  if (settings_.cost_metric < 0) return false;
  if (!cost_model_.Add(finished.architecture, finished.cost)) return false;
  costs_known_ = true;
  cost_.Set(cost_model_.effects(), cost_model_.deviation());
  return true;
}

void LayerTables::Grow(bool rebuild) {
  if (settings_.budget == 0 && settings_.by_depth &&
      static_cast<int64_t>(tried_.size()) > assumed_budget_) {
    assumed_budget_ *= 2;
    Resize();
    rebuild = true;
  }
  if (rebuild) Rebuild();
  if (!settings_.by_depth || !costs_known_) return;
  const auto is_done = [this](const EliteTable& table) {
    return OpenMoves(table).empty();
  };
  while (scale_ < kMostBuckets &&
         std::all_of(tables_.begin(), tables_.end(), is_done)) {
    scale_ = std::min(2 * scale_, kMostBuckets);
    Rebuild();
  }
}

}  // namespace apogee
