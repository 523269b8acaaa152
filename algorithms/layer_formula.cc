#include "algorithms/layer_formula.h"

#include <array>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

constexpr int kStages = 5;
constexpr int kEdges = 6;
constexpr double kClasses = 10;

struct Operation {
  const char* name;
  double parameters;
  double flops;
};
constexpr Operation kOperations[] = {{"none", 0, 0},
                                     {"skip_connect", 0, 0},
                                     {"avg_pool_3x3", 0, 0},
                                     {"nor_conv_1x1", 28'000, 3'932'160},
                                     {"nor_conv_3x3", 243'040, 35'389'440}};
constexpr double kTopologyParameters = 73'306;
constexpr double kTopologyFlops = 7'783'050;

absl::Status FormulaError(const std::string& formula, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("option \"cost\": formula \"", formula, "\" is for ", what));
}

// What convolutions cost: in parameters if `side` is 0, those of the
// normalization included, else in FLOPs on images that are `side` wide.
struct Convolutions {
  double side;

  double One(double from, double to, double kernel) const {
    const double weights = kernel * kernel * from * to;
    return side == 0 ? weights + 2 * to : weights * side * side;
  }
  // Without normalization.
  double Shortcut(double from, double to) const {
    return side == 0 ? from * to : One(from, to, 1);
  }
  double Cell(double from, double to) const {
    return 2 * One(from, to, 3) + 3 * One(to, to, 3) +
           (from == to ? 0 : One(from, to, 1));
  }
  double Reduction(double from, double to) const {
    return One(from, to, 3) + One(to, to, 3) + Shortcut(from, to);
  }
};

absl::StatusOr<Effects> SizeCost(const std::string& formula, bool flops,
                                 const SearchSpace& space,
                                 const LayerSpace& layers) {
  const absl::Status mismatch = FormulaError(
      formula, "five parameters whose values are numbers of channels");
  if (layers.size() != kStages) return mismatch;
  std::array<std::vector<double>, kStages> channels;
  for (int l = 0; l < kStages; ++l) {
    if (layers.dimensions(l).size() != 1) return mismatch;
    for (int option = 0; option < layers.options(l); ++option) {
      const Value value = space.DecodeValue(layers.dimensions(l)[0],
                                            layers.coordinates(l, option)[0]);
      double number = value.number_value();
      if (value.kind_case() == Value::kStringValue &&
          !absl::SimpleAtod(value.string_value(), &number)) {
        return mismatch;
      }
      if (!(number > 0 && number <= 1e6)) return mismatch;
      channels[l].push_back(number);
    }
  }
  const auto at = [&](double side) { return Convolutions{flops ? side : 0}; };
  Effects cost(layers.OptionCounts(), /*with_pairs=*/true);
  if (!cost.has_pairs()) return mismatch;
  cost.base() = kClasses;
  for (size_t i = 0; i < channels[0].size(); ++i) {
    const double c = channels[0][i];
    cost.layer(0)[i] = at(32).One(3, c, 3) + at(32).Cell(c, c);
  }
  for (size_t i = 0; i < channels[4].size(); ++i) {
    cost.layer(4)[i] = (kClasses + (flops ? 0 : 2)) * channels[4][i];
  }
  for (int l = 0; l + 1 < kStages; ++l) {
    const Convolutions convolutions = at(l < 2 ? 16 : 8);
    std::vector<double>& pairs = cost.pair(l, l + 1);
    size_t place = 0;
    for (const double from : channels[l]) {
      for (const double to : channels[l + 1]) {
        pairs[place++] = l % 2 == 0 ? convolutions.Reduction(from, to)
                                    : convolutions.Cell(from, to);
      }
    }
  }
  return cost;
}

absl::StatusOr<Effects> TopologyCost(const std::string& formula, bool flops,
                                     const SearchSpace& space,
                                     const LayerSpace& layers) {
  std::vector<std::string> names;
  for (const Operation& each : kOperations) names.emplace_back(each.name);
  const absl::Status mismatch = FormulaError(
      formula, absl::StrCat("six categorical parameters with the values ",
                            absl::StrJoin(names, ", ")));
  if (layers.size() != kEdges) return mismatch;
  Effects cost(layers.OptionCounts(), /*with_pairs=*/false);
  cost.base() = flops ? kTopologyFlops : kTopologyParameters;
  for (int l = 0; l < kEdges; ++l) {
    if (layers.dimensions(l).size() != 1) return mismatch;
    for (int option = 0; option < layers.options(l); ++option) {
      const Value value = space.DecodeValue(layers.dimensions(l)[0],
                                            layers.coordinates(l, option)[0]);
      bool known = false;
      for (const Operation& each : kOperations) {
        if (value.string_value() != each.name) continue;
        known = true;
        cost.layer(l)[option] = flops ? each.flops : each.parameters;
      }
      if (!known) return mismatch;
    }
  }
  return cost;
}

}  // namespace

absl::StatusOr<Effects> FormulaCost(const std::string& formula,
                                    const SearchSpace& space,
                                    const LayerSpace& layers) {
  const std::vector<std::string> known = {
      "nats_size_parameters", "nats_size_flops", "nats_topology_parameters",
      "nats_topology_flops"};
  for (const bool flops : {false, true}) {
    if (formula == known[flops ? 1 : 0]) {
      return SizeCost(formula, flops, space, layers);
    }
    if (formula == known[flops ? 3 : 2]) {
      return TopologyCost(formula, flops, space, layers);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("option \"cost\" names formula \"", formula, "\"",
                   DidYouMean(formula, known), " (there are ",
                   absl::StrJoin(known, ", "), ")"));
}

}  // namespace apogee
