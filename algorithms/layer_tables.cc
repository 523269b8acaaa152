#include "algorithms/layer_tables.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace apogee {
namespace {

using Variant = LayerTables::Variant;

// Of whole architectures, when nothing else is searched.
constexpr int kSteadyBuckets = 50;
// The fewest that trade-offs can be seen in.
constexpr int kFewestBuckets = 4;
// The budget in trials per move when it is unknown. Doubled when it is spent.
constexpr int kAssumedTrialsPerMove = 6;
// A pass over the prefixes takes a little less than a trial per bucket and
// move. This share of the budget is for the first, if whole architectures
// follow.
constexpr double kPrefixShare = 1.0 / 3;
// Costs beyond this are as good as infinite, and their squares are not.
constexpr double kMostCost = 1e100;

std::vector<int> OptionCounts(const LayerSpace& layers) {
  std::vector<int> counts;
  counts.reserve(layers.size());
  for (int l = 0; l < layers.size(); ++l) counts.push_back(layers.options(l));
  return counts;
}

}  // namespace

LayerTables::LayerTables(const LayerSpace* layers, LayerCost cost,
                         Settings settings)
    : layers_(layers),
      cost_(std::move(cost)),
      settings_(settings),
      costs_known_(!settings.measures_cost),
      assumed_budget_(int64_t{kAssumedTrialsPerMove} * layers->moves()),
      first_depth_(settings.variant == Variant::kX ? layers->size() : 0) {
  if (settings_.measures_cost) model_.emplace(OptionCounts(*layers_));
  reference_.architecture = layers_->reference();
  reference_.outcome.violation = std::numeric_limits<double>::infinity();
  cost_.Lower(target().max, reference_.architecture);
  cost_.SetReference(reference_.architecture);
  Resize();
  Rebuild();
}

void LayerTables::Learn(const Architecture& architecture, Outcome outcome,
                        std::optional<double> cost, bool made_up) {
  const auto [tried, is_new] = tried_.emplace(architecture, false);
  if (is_new) {
    CloseMovesTo(architecture);
    idle_ = made_up ? idle_ + 1 : 0;
    GiveUpOpenMoves();
  }
  bool rebuild = false;
  // Of several results for an architecture the first counts.
  if (!outcome.IsInfeasible() && !tried->second) {
    tried->second = true;
    const double known = std::clamp(cost.value_or(cost_.Of(architecture)),
                                    -kMostCost, kMostCost);
    if (model_.has_value()) model_->Add(architecture, known);
    finished_.push_back({architecture, std::move(outcome), known});
    // The reference takes the place of its stand-in.
    rebuild = architecture == reference_.architecture;
    if (!rebuild) Place(finished_.back());
  }
  Grow(rebuild);
}

int LayerTables::Decided(const Architecture& architecture) const {
  int depth = layers_->size();
  while (depth > 0 &&
         architecture[depth - 1] == reference_.architecture[depth - 1]) {
    --depth;
  }
  return depth;
}

int64_t LayerTables::CountOpen() const {
  int64_t open = 0;
  for (const EliteTable& table : tables_) open += table.open();
  return open;
}

// How finely the tables are cut, unless an option says it: so that the budget
// suffices for one pass.
void LayerTables::Resize() {
  const int given =
      settings_.has_cost ? settings_.buckets : settings_.per_bucket;
  if (given > 0) {
    scale_ = std::max(scale_, given);
    return;
  }
  if (settings_.variant == Variant::kX) {
    scale_ = kSteadyBuckets;
    return;
  }
  const double budget = static_cast<double>(
      settings_.budget > 0 ? settings_.budget : assumed_budget_);
  const double share = settings_.variant == Variant::kPlus ? kPrefixShare : 1.0;
  const int per_bucket =
      settings_.has_cost ? std::max(1, settings_.per_bucket) : 1;
  const double affordable =
      share * budget / (per_bucket * std::max(1, layers_->moves()));
  const int fewest = settings_.has_cost ? kFewestBuckets : 1;
  scale_ = std::max(scale_, static_cast<int>(std::clamp<double>(
                                affordable, fewest, kMostBuckets)));
}

void LayerTables::Rebuild() {
  const int buckets = settings_.has_cost ? scale_ : 1;
  const int per_bucket =
      settings_.has_cost ? std::max(1, settings_.per_bucket) : scale_;
  tables_.clear();
  for (CostBuckets& each : cost_.Buckets(target(), buckets)) {
    tables_.emplace_back(std::move(each), per_bucket, layers_->size());
  }
  const auto reference = tried_.find(reference_.architecture);
  if (reference == tried_.end() || !reference->second) {
    reference_.cost = cost_.Of(reference_.architecture);
    Place(reference_);
  }
  for (const Finished& each : finished_) Place(each);
}

// Into every table that it belongs to. While costs have to be found out, that
// is only the reference: its moves show what each option costs.
void LayerTables::Place(const Finished& finished) {
  if (!costs_known_ && finished.architecture != reference_.architecture) return;
  const int whole = layers_->size();
  const bool is_stand_in = finished.outcome.IsInfeasible();
  const int last =
      settings_.variant == Variant::kPaper || is_stand_in ? whole - 1 : whole;
  for (int depth = std::max(first_depth_, Decided(finished.architecture));
       depth <= last; ++depth) {
    if (cost_.CanReach(target(), depth, finished.cost) &&
        tables_[depth].Admits(finished)) {
      tables_[depth].Add(&finished, MovesFrom(finished, depth));
    }
  }
}

std::vector<Move> LayerTables::MovesFrom(const Finished& finished,
                                         int depth) const {
  std::vector<Move> moves;
  if (settings_.variant == Variant::kX) return moves;
  const int whole = layers_->size();
  const int first = depth == whole ? 0 : depth;
  const int last = depth == whole ? whole - 1 : depth;
  const int child_depth = std::min(depth + 1, whole);
  Architecture child = finished.architecture;
  for (int l = first; l <= last; ++l) {
    const int now = OptionOf(finished.architecture, l);
    const double others = finished.cost - cost_.term(l, now);
    for (int option = 0; option < layers_->options(l); ++option) {
      SetOption(child, l, option);
      if (option != now && !IsTried(child) &&
          cost_.CanReach(target(), child_depth,
                         Safely(others + cost_.term(l, option)))) {
        moves.push_back({l, option});
      }
    }
    SetOption(child, l, now);
  }
  return moves;
}

void LayerTables::CloseMovesTo(const Architecture& architecture) {
  const int depth = Decided(architecture);
  if (depth > 0) tables_[depth - 1].Close(architecture);
  tables_.back().Close(architecture);
}

// Trials are only made up while all open moves are on their way. When that goes
// on for long, their workers are lost.
void LayerTables::GiveUpOpenMoves() {
  if (settings_.variant == Variant::kX || idle_ < 32 + 8 * CountOpen()) return;
  idle_ = 0;
  std::vector<Architecture> lost;
  for (const EliteTable& table : tables_) {
    for (int l = 0; l < layers_->size(); ++l) {
      for (const EliteTable::OpenMove& open : table.OpenMoves(l)) {
        lost.push_back(open.parent->architecture);
        SetOption(lost.back(), l, open.move.option);
      }
    }
  }
  for (const Architecture& each : lost) {
    tried_.emplace(each, false);
    CloseMovesTo(each);
  }
}

bool LayerTables::IsTimeToFit() const {
  if (!model_.has_value() || model_->examples() == 0) return false;
  if (costs_known_) return model_->examples() >= next_fit_;
  return CountOpen() == 0 && (settings_.variant != Variant::kX ||
                              model_->examples() > layers_->size());
}

void LayerTables::FitCosts() {
  model_->Fit();
  costs_known_ = true;
  next_fit_ = model_->examples() + 1 + model_->examples() / 4;
  cost_.Set(model_->base(), model_->terms(), model_->deviation());
}

void LayerTables::Grow(bool rebuild) {
  if (IsTimeToFit()) {
    FitCosts();
    rebuild = true;
  }
  if (settings_.budget == 0 && first_depth_ == 0 &&
      static_cast<int64_t>(tried_.size()) > assumed_budget_) {
    assumed_budget_ *= 2;
    Resize();
    rebuild = true;
  }
  if (rebuild) Rebuild();
  if (settings_.variant == Variant::kX || !costs_known_) return;
  while (CountOpen() == 0) {
    if (settings_.variant == Variant::kPlus && first_depth_ < layers_->size()) {
      first_depth_ = layers_->size();
    } else if (scale_ < kMostBuckets) {
      scale_ = std::min(2 * scale_, kMostBuckets);
    } else {
      return;
    }
    Rebuild();
  }
}

}  // namespace apogee
