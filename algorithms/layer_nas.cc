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
#include "absl/strings/str_cat.h"
#include "algorithms/layer_cost.h"
#include "algorithms/layer_formula.h"
#include "algorithms/layer_search.h"
#include "algorithms/layer_space.h"
#include "algorithms/layer_tables.h"
#include "algorithms/registry.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;
// A search for an architecture that has not been tried gives up after so many.
constexpr int kTries = 50;

// Memos. The first layer is 0.
constexpr absl::string_view kReference = "reference";
constexpr absl::string_view kChange = "change";
constexpr absl::string_view kLayer = "layer ";
constexpr absl::string_view kGuided = "guided";
constexpr absl::string_view kRandom = "random";

class LayerNasAlgorithm : public Algorithm {
 public:
  LayerNasAlgorithm(LayerSpace layers, const LayerCost& cost,
                    const LayerTables::Settings& settings)
      : layers_(std::move(layers)),
        by_depth_(settings.by_depth),
        learned_(&layers_, cost, settings) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      if (const auto architecture = layers_.Encode(each.point)) {
        learned_.Learn(*architecture, each, each.memo == kRandom);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    Issued issued;
    for (const Pending& each : ask.pending) {
      if (auto architecture = layers_.Encode(each.point)) {
        issued.insert(*std::move(architecture));
      }
    }
    std::vector<Suggestion> suggestions;
    suggestions.reserve(ask.count);
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(ask.ordinal + i);
      Choice choice = Choose(issued, random);
      suggestions.push_back(
          {layers_.Decode(choice.architecture), std::move(choice.memo)});
      issued.insert(std::move(choice.architecture));
    }
    return suggestions;
  }

 private:
  struct Choice {
    Architecture architecture;
    std::string memo;
  };
  // What is on its way.
  using Issued = absl::flat_hash_set<Architecture>;

  bool IsNew(const Architecture& architecture, const Issued& issued) const {
    return !learned_.IsTried(architecture) && !issued.contains(architecture);
  }

  Choice Choose(const Issued& issued, RandomStream& random) const {
    if (IsNew(learned_.reference(), issued)) {
      return {learned_.reference(), std::string(kReference)};
    }
    if (learned_.wants_changes()) {
      if (auto change = ChangeReference(issued, random)) {
        return {*std::move(change), std::string(kChange)};
      }
    }
    if (by_depth_ && learned_.costs_known()) {
      // The lowest layer with open moves comes first. While its last results
      // are awaited, workers get moves of higher layers instead of nothing.
      for (int layer = 0; layer < layers_.size(); ++layer) {
        if (auto child = PickMove(layer, issued, random)) {
          return {*std::move(child), absl::StrCat(kLayer, layer)};
        }
      }
    } else if (learned_.costs_known()) {
      const auto is_new = [&](const Architecture& architecture) {
        return IsNew(architecture, issued);
      };
      if (auto child = SearchLayers(learned_, is_new, random)) {
        return {*std::move(child), std::string(kGuided)};
      }
    }
    return {Draw(issued, random), std::string(kRandom)};
  }

  // A new architecture that differs from the reference in one layer, and costs
  // no more than the target.
  std::optional<Architecture> ChangeReference(const Issued& issued,
                                              RandomStream& random) const {
    std::vector<Architecture> changes;
    changes.reserve(layers_.moves());
    Architecture change = learned_.reference();
    for (int l = 0; l < layers_.size(); ++l) {
      for (int option = 0; option < layers_.options(l); ++option) {
        SetOption(change, l, option);
        const double cost = learned_.Safely(learned_.cost().Of(change));
        if (cost <= learned_.target().max && IsNew(change, issued)) {
          changes.push_back(change);
        }
      }
      change[l] = learned_.reference()[l];
    }
    if (changes.empty()) return std::nullopt;
    return std::move(changes[random.Below(changes.size())]);
  }

  // A new architecture by an open move of the layer, every one as likely.
  std::optional<Architecture> PickMove(int layer, const Issued& issued,
                                       RandomStream& random) const {
    std::vector<EliteTable::OpenMove> moves =
        learned_.OpenMoves(learned_.tables()[layer]);
    while (!moves.empty()) {
      EliteTable::OpenMove& picked = moves[random.Below(moves.size())];
      Architecture child = picked.parent->architecture;
      SetOption(child, layer, picked.option);
      if (IsNew(child, issued)) return child;
      picked = moves.back();
      moves.pop_back();
    }
    return std::nullopt;
  }

  // Within the target if a new one is found there; anything when few are left.
  Architecture Draw(const Issued& issued, RandomStream& random) const {
    const double within = learned_.target().max - learned_.Safely(0);
    Architecture architecture;
    for (const double max : {within, std::numeric_limits<double>::infinity()}) {
      for (int i = 0; i < kTries; ++i) {
        architecture = learned_.cost().Draw(max, random);
        if (IsNew(architecture, issued)) return architecture;
      }
    }
    return architecture;
  }

  const LayerSpace layers_;
  const bool by_depth_;
  LayerTables learned_;
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
                     LayerCost& cost, LayerTables::Settings& settings) {
  const Value& given = problem.options.Json("cost");
  if (!IsNull(given)) {
    const auto& fields = given.struct_value().fields();
    const auto table = fields.find("table");
    const auto formula = fields.find("formula");
    if (fields.size() != 1 ||
        (table == fields.end() && formula == fields.end())) {
      return absl::InvalidArgumentError(
          "option \"cost\" must be {\"table\": {parameter: {value: cost}}} or "
          "{\"formula\": name}");
    }
    if (table != fields.end()) {
      ASSIGN_OR_RETURN(
          cost, LayerCost::FromPrices(*problem.space, layers, table->second));
    } else {
      ASSIGN_OR_RETURN(
          Effects effects,
          FormulaCost(formula->second.string_value(), *problem.space, layers));
      cost.Set(std::move(effects), 0);
    }
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
      settings.cost_metric = static_cast<int>(i);
      settings.has_cost = true;
      if (problem.goals[i].threshold) {
        settings.target.max = -*problem.goals[i].threshold;
      }
      // The target sees to it: it neither counts as missed nor as an objective.
      settings.goals[i].threshold = -std::numeric_limits<double>::infinity();
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
  settings.by_depth = options.String("variant") == "paper";
  settings.buckets = static_cast<int>(options.Int("buckets"));
  settings.per_bucket = static_cast<int>(options.Int("per_bucket"));
  settings.budget = problem.budget;
  settings.goals = problem.goals;
  RETURN_IF_ERROR(SetCost(problem, layers, cost, settings));
  return std::make_unique<LayerNasAlgorithm>(std::move(layers), cost, settings);
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
      "The guided search (variant \"guided\") begins with single changes of "
      "the "
      "defaults. Then it crosses and changes the best architectures of every "
      "cost, and tries those from which a model of layers and pairs of layers "
      "expects most: mostly at the target, if there is one, else at every cost "
      "alike. Variant \"paper\" decides layer after "
      "layer and keeps the best prefixes for every cost; this is exact where "
      "rewards and costs add up and each cost has a bucket, and takes more "
      "trials.\n"
      "Not for parameters that matter to many digits, nor for layers of more "
      "than 256 options. Give the study a trial budget: it says how many "
      "trials "
      "may go into finding out costs, and how finely \"paper\" cuts them. It "
      "never ends, and repeats points when few are left.\n"
      "Fan et al., \"LayerNAS: neural architecture search in polynomial "
      "complexity\", 2023; the guided search is this project's.";
  info.several_objectives = true;
  info.cheap = true;
  info.options = {
      {.name = "variant",
       .default_value = std::string("guided"),
       .choices = {"guided", "paper"},
       .description =
           "how to search: \"guided\" by a model, or \"paper\", layer "
           "by layer"},
      {.name = "cost",
       .default_value = Null(),
       .description = "costs that are known beforehand: {\"table\": "
                      "{parameter: {value: cost}}}, which add up, or "
                      "{\"formula\": name} for the spaces of NATS-Bench "
                      "(nats_size_parameters, nats_size_flops, "
                      "nats_topology_parameters, nats_topology_flops); "
                      "without, a metric is the cost"},
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
