#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "algorithms/layer_cost.h"
#include "algorithms/layer_space.h"
#include "algorithms/layer_tables.h"
#include "algorithms/registry.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;
using Variant = LayerTables::Variant;

// With up to so many moves, looking at all of them pays.
constexpr int kSystematicMoves = 60;
// A search for an architecture that has not been tried gives up after so many.
constexpr int kTries = 50;
// Members of the front this near in cost are crossed.
constexpr int64_t kMatingDistance = 3;

// Memos. The first layer is 0; sweep s is over layer s mod layers.
constexpr absl::string_view kReference = "reference";
constexpr absl::string_view kLayer = "layer ";
constexpr absl::string_view kSweep = "sweep ";
constexpr absl::string_view kVary = "vary";
constexpr absl::string_view kRandom = "random";

// The number in the memo of a sweep; 0 for any other.
int64_t SweepOf(absl::string_view memo) {
  int sweep = 0;
  if (!absl::ConsumePrefix(&memo, kSweep) || !absl::SimpleAtoi(memo, &sweep)) {
    return 0;
  }
  return std::max(sweep, 0);
}

class LayerNasAlgorithm : public Algorithm {
 public:
  // `cost_metric` is the place of the metric that is minus the cost, or -1.
  // `goals` are for the other metrics.
  LayerNasAlgorithm(LayerSpace layers, const LayerCost& cost,
                    const LayerTables::Settings& settings, int cost_metric,
                    std::vector<Goal> goals)
      : layers_(std::move(layers)),
        cost_metric_(cost_metric),
        goals_(std::move(goals)),
        learned_(&layers_, cost, settings) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      sweep_ = std::max(sweep_, SweepOf(each.memo));
      const auto architecture = layers_.Encode(each.point);
      if (!architecture.has_value()) continue;
      std::optional<double> cost;
      if (cost_metric_ >= 0 && each.IsFeasible()) {
        cost = -each.metrics[cost_metric_];
      }
      learned_.Learn(*architecture, Judge(goals_, each), cost,
                     each.memo == kVary || each.memo == kRandom);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    Issued issued{.sweep = sweep_};
    for (const Pending& each : ask.pending) {
      issued.sweep = std::max(issued.sweep, SweepOf(each.memo));
      if (auto architecture = layers_.Encode(each.point)) {
        issued.architectures.insert(*std::move(architecture));
      }
    }
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(ask.ordinal + i);
      Choice choice = Choose(issued, random);
      issued.sweep = std::max(issued.sweep, SweepOf(choice.memo));
      suggestions.push_back(
          {layers_.Decode(choice.architecture), std::move(choice.memo)});
      issued.architectures.insert(std::move(choice.architecture));
    }
    return suggestions;
  }

 private:
  struct Choice {
    Architecture architecture;
    std::string memo;
  };
  // What is on its way.
  struct Issued {
    absl::flat_hash_set<Architecture> architectures;
    int64_t sweep;
  };

  bool IsNew(const Architecture& architecture, const Issued& issued) const {
    return !learned_.IsTried(architecture) &&
           !issued.architectures.contains(architecture);
  }

  Choice Choose(const Issued& issued, RandomStream& random) const {
    if (IsNew(learned_.reference(), issued)) {
      return {learned_.reference(), std::string(kReference)};
    }
    // The lowest layer with open moves comes first. While its last results are
    // awaited, workers get moves of higher layers instead of nothing.
    for (int layer = 0; layer < layers_.size(); ++layer) {
      const EliteTable& table = learned_.tables()[layer];
      if (auto child = PickMove(table, layer, issued, random)) {
        return {*std::move(child), absl::StrCat(kLayer, layer)};
      }
    }
    for (int i = 0; i < layers_.size(); ++i) {
      const int64_t sweep = issued.sweep + i;
      const auto layer = static_cast<int>(sweep % layers_.size());
      const EliteTable& table = learned_.tables().back();
      if (auto child = PickMove(table, layer, issued, random)) {
        return {*std::move(child), absl::StrCat(kSweep, sweep)};
      }
    }
    for (int i = 0; i < kTries; ++i) {
      auto child = Vary(random);
      if (child.has_value() && IsNew(*child, issued)) {
        return {*std::move(child), std::string(kVary)};
      }
    }
    Architecture architecture = Draw(random);
    for (int i = 0; i < kTries && !IsNew(architecture, issued); ++i) {
      architecture = Draw(random);
    }
    return {std::move(architecture), std::string(kRandom)};
  }

  Architecture Draw(RandomStream& random) const {
    const double margin = learned_.Safely(0);
    return learned_.cost().Draw(learned_.target().max - margin, random);
  }

  // A new architecture by an open move of the layer, every one as likely.
  std::optional<Architecture> PickMove(const EliteTable& table, int layer,
                                       const Issued& issued,
                                       RandomStream& random) const {
    if (table.open(layer) == 0) return std::nullopt;
    std::vector<EliteTable::OpenMove> moves = table.OpenMoves(layer);
    while (!moves.empty()) {
      EliteTable::OpenMove& picked = moves[random.Below(moves.size())];
      Architecture child = picked.parent->architecture;
      SetOption(child, layer, picked.move.option);
      if (IsNew(child, issued)) return child;
      picked = moves.back();
      moves.pop_back();
    }
    return std::nullopt;
  }

  // A child of one member of the front or, every other time, of two that cost
  // about the same, with a layer or two drawn anew.
  std::optional<Architecture> Vary(RandomStream& random) const {
    const std::vector<const Finished*> front = learned_.tables().back().Front();
    if (front.empty() || layers_.size() == 0) return std::nullopt;
    const auto size = static_cast<int64_t>(front.size());
    const auto place = static_cast<int64_t>(random.Below(front.size()));
    Architecture child = front[place]->architecture;
    if (random.Below(2) == 0) {
      const int64_t low = std::max<int64_t>(place - kMatingDistance, 0);
      const int64_t high = std::min(place + kMatingDistance, size - 1);
      const int64_t other =
          low + static_cast<int64_t>(random.Below(high - low + 1));
      for (int l = 0; l < layers_.size(); ++l) {
        if (random.Below(2) == 0) child[l] = front[other]->architecture[l];
      }
    }
    for (int changes = random.Below(3) == 0 ? 2 : 1; changes > 0; --changes) {
      const auto layer = static_cast<int>(random.Below(layers_.size()));
      SetOption(child, layer,
                static_cast<int>(random.Below(layers_.options(layer))));
    }
    const double cost = learned_.Safely(learned_.cost().Of(child));
    if (!learned_.cost().CanReach(learned_.target(), layers_.size(), cost)) {
      return std::nullopt;
    }
    return child;
  }

  const LayerSpace layers_;
  const int cost_metric_;
  const std::vector<Goal> goals_;
  LayerTables learned_;
  // The latest sweep that was seen.
  int64_t sweep_ = 0;
};

Value Null() {
  Value null;
  null.set_null_value(google::protobuf::NULL_VALUE);
  return null;
}

absl::StatusOr<double> NumberOr(const OptionValues& options,
                                absl::string_view name, double otherwise) {
  const Value& value = options.Json(name);
  if (IsNull(value)) return otherwise;
  if (value.kind_case() != Value::kNumberValue ||
      !std::isfinite(value.number_value())) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"", name, "\" must be a number or null"));
  }
  return value.number_value();
}

// Finds out what the cost is and what it may be.
absl::Status SetCost(const Problem& problem, const LayerSpace& layers,
                     LayerCost& cost, LayerTables::Settings& settings,
                     int& cost_metric, std::vector<Goal>& goals) {
  const Value& given = problem.options.Json("cost");
  if (!IsNull(given)) {
    const auto& fields = given.struct_value().fields();
    const auto table = fields.find("table");
    if (fields.size() != 1 || table == fields.end()) {
      return absl::InvalidArgumentError(
          "option \"cost\" must be {\"table\": {parameter: {value: cost}}}");
    }
    ASSIGN_OR_RETURN(
        cost, LayerCost::FromPrices(*problem.space, layers, table->second));
    settings.has_cost = true;
  } else {
    // The second objective or, if there is only one, the first constraint.
    int objectives = 0;
    for (size_t i = 0; i < problem.goals.size(); ++i) {
      const bool is_cost = problem.objectives() > 1
                               ? !problem.goals[i].threshold && objectives == 1
                               : problem.goals[i].threshold.has_value();
      if (!problem.goals[i].threshold) ++objectives;
      if (!is_cost) continue;
      cost_metric = static_cast<int>(i);
      settings.measures_cost = true;
      settings.has_cost = true;
      if (problem.goals[i].threshold) {
        settings.target.max = -*problem.goals[i].threshold;
      }
      // The target sees to it: it neither counts as missed nor as an objective.
      goals[i].threshold = -std::numeric_limits<double>::infinity();
      break;
    }
  }
  ASSIGN_OR_RETURN(settings.target.max,
                   NumberOr(problem.options, "max_cost", settings.target.max));
  ASSIGN_OR_RETURN(settings.target.min,
                   NumberOr(problem.options, "min_cost", settings.target.min));
  if (settings.target.min > settings.target.max) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"min_cost\" (", settings.target.min,
                     ") must not be above the most that a trial may cost (",
                     settings.target.max, ")"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Algorithm>> Create(const Problem& problem) {
  if (problem.objectives() > 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "LAYER_NAS works on one objective, or on two of which the second is a "
        "cost; ",
        problem.objectives(),
        " metrics have no threshold: give the others a threshold"));
  }
  const OptionValues& options = problem.options;
  ASSIGN_OR_RETURN(
      LayerSpace layers,
      LayerSpace::Create(problem.space, {.levels = static_cast<int>(
                                             options.Int("double_levels")),
                                         .groups = options.Json("groups"),
                                         .order = options.Json("order")}));
  LayerCost cost(layers);
  LayerTables::Settings settings;
  int cost_metric = -1;
  std::vector<Goal> goals = problem.goals;
  RETURN_IF_ERROR(SetCost(problem, layers, cost, settings, cost_metric, goals));
  const std::string& variant = options.String("variant");
  if (variant == "paper") {
    settings.variant = Variant::kPaper;
  } else if (variant == "plus" ||
             (variant == "auto" && layers.moves() <= kSystematicMoves)) {
    settings.variant = Variant::kPlus;
  } else {
    settings.variant = Variant::kX;
  }
  settings.buckets = static_cast<int>(options.Int("buckets"));
  settings.per_bucket = static_cast<int>(options.Int("per_bucket"));
  settings.budget = problem.budget;
  return std::make_unique<LayerNasAlgorithm>(std::move(layers), cost, settings,
                                             cost_metric, std::move(goals));
}

}  // namespace

AlgorithmInfo LayerNas() {
  AlgorithmInfo info;
  info.summary =
      "Builds architectures layer by layer and finds the best for every cost.";
  info.description =
      "For neural architectures, and other designs made of layers with a few "
      "options each, whose quality is traded against a cost: parameters, "
      "FLOPs, latency. One study finds the best architecture for every cost up "
      "to the target. Each parameter is a layer; a conditional parameter "
      "belongs to the layer of its parent; doubles are cut into levels. Every "
      "trial is a complete architecture: layers that are not decided yet stand "
      "at their default (the middle if none is declared), so declare defaults "
      "that work.\n"
      "The cost is known beforehand (option cost), or it is the second "
      "objective or, of one objective, the first metric with a threshold, "
      "which then is the target; such a cost is minus the metric as it is "
      "maximized, and is learned as a sum over layers. Without any of them the "
      "search is for the objective alone.\n"
      "Variants: \"paper\" decides layer after layer and keeps the best "
      "prefixes for every cost; this is exact where rewards and costs add up "
      "and each cost has a bucket. \"plus\" goes on to improve all layers of "
      "the best architectures in turn, and is the most accurate for up to "
      "about 60 options in all, or where trials are many. \"x\" crosses and "
      "varies the best architectures from the start; for larger spaces and for "
      "many workers.\n"
      "Not for parameters that matter to many digits, nor for layers of more "
      "than 256 options. Give the study a trial budget: variants \"paper\" and "
      "\"plus\" cut costs as finely as it affords. It never ends, and repeats "
      "points when few are left. With workers for more than a tenth of the "
      "budget at a time, choose \"x\".\n"
      "Fan et al., \"LayerNAS: neural architecture search in polynomial "
      "complexity\", 2023; plus and x are this project's.";
  info.several_objectives = true;
  info.cheap = true;
  info.options = {
      {.name = "variant",
       .default_value = std::string("auto"),
       .choices = {"auto", "paper", "plus", "x"},
       .description = "\"paper\", \"plus\" or \"x\"; \"auto\" is \"plus\" in "
                      "spaces of up to 60 options, not counting one per "
                      "layer, and \"x\" in larger ones"},
      {.name = "cost",
       .default_value = Null(),
       .description = "costs that are known beforehand and add up: {\"table\": "
                      "{parameter: {value: cost}}}; without, a metric is the "
                      "cost"},
      {.name = "max_cost",
       .default_value = Null(),
       .description = "the most that an architecture may cost; a prefix may "
                      "cost more while later layers can make up for it"},
      {.name = "min_cost",
       .default_value = Null(),
       .description = "the least that an architecture may cost"},
      {.name = "buckets",
       .default_value = int64_t{0},
       .min = 0,
       .max = LayerTables::kMostBuckets,
       .description = "into how many buckets costs are cut at first; 0: by the "
                      "trial budget"},
      {.name = "per_bucket",
       .default_value = int64_t{0},
       .min = 0,
       .max = 100,
       .description = "how many architectures each bucket keeps; 0: 1, or by "
                      "the trial budget when there is no cost"},
      {.name = "groups",
       .default_value = Null(),
       .description = "lists of parameters that share a layer, whose options "
                      "are their combinations: [[name, ...], ...]"},
      {.name = "order",
       .default_value = Null(),
       .description = "parameters whose layers are decided first, in this "
                      "order: [name, ...]; the others follow as declared"},
      {.name = "double_levels",
       .default_value = int64_t{10},
       .min = 1,
       .max = LayerSpace::kMaxOptions,
       .description = "values of each double, and of each number with more "
                      "than 256 values, even on its scale"},
  };
  info.create = Create;
  return info;
}

}  // namespace apogee
