#include "algorithms/layer_cost.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

absl::Status PriceError(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("option \"cost\" ", what));
}

// A key of a JSON object as a value of the dimension. Its keys are strings, so
// numbers are written as such.
Value ValueOfKey(const Dimension& dimension, const std::string& key) {
  Value value;
  double number = 0;
  if (!dimension.IsCategorical() && absl::SimpleAtod(key, &number)) {
    value.set_number_value(number);
  } else {
    value.set_string_value(key);
  }
  return value;
}

std::string KeyOfValue(const Value& value) {
  return value.kind_case() == Value::kNumberValue
             ? absl::StrCat(value.number_value())
             : value.string_value();
}

// Prices of a dimension by coordinate; complete.
using Prices = absl::flat_hash_map<double, double>;

absl::StatusOr<Prices> PricesOf(const SearchSpace& space, int i,
                                const Value& given) {
  const std::string name = absl::StrCat("parameter \"", space.name(i), "\"");
  const Dimension& dimension = space.dimension(i);
  if (dimension.kind == Dimension::Kind::kDouble) {
    return PriceError(absl::StrCat(
        "prices ", name, ", a double: declare it with discrete values"));
  }
  if (given.kind_case() != Value::kStructValue) {
    return PriceError(
        absl::StrCat("must give ", name, " an object {value: cost}"));
  }
  Prices prices;
  for (const auto& [key, price] : given.struct_value().fields()) {
    const auto coordinate = space.EncodeValue(i, ValueOfKey(dimension, key));
    if (!coordinate.ok()) {
      return PriceError(absl::StrCat("prices \"", key,
                                     "\": ", coordinate.status().message()));
    }
    if (price.kind_case() != Value::kNumberValue ||
        !(std::abs(price.number_value()) <= 1e100)) {
      return PriceError(absl::StrCat("must give value \"", key, "\" of ", name,
                                     " a number up to 1e100"));
    }
    prices[*coordinate] = price.number_value();
  }
  for (int64_t value = 0; value < dimension.cardinality; ++value) {
    const double coordinate = space.CoordinateOf(i, value);
    if (prices.contains(coordinate)) continue;
    return PriceError(absl::StrCat("lacks a price for value \"",
                                   KeyOfValue(space.DecodeValue(i, coordinate)),
                                   "\" of ", name));
  }
  return prices;
}

}  // namespace

LayerCost::LayerCost(const LayerSpace& layers)
    : effects_(layers.OptionCounts(), /*with_pairs=*/false) {
  SetReference(layers.reference());
}

absl::StatusOr<LayerCost> LayerCost::FromPrices(const SearchSpace& space,
                                                const LayerSpace& layers,
                                                const Value& prices) {
  if (prices.kind_case() != Value::kStructValue) {
    return PriceError("must be {\"table\": {parameter: {value: cost}}}");
  }
  std::vector<Prices> priced(space.size());
  std::vector<std::string> known;
  known.reserve(space.size());
  for (int i = 0; i < space.size(); ++i) {
    known.push_back(space.name(i));
    const auto& fields = prices.struct_value().fields();
    const auto it = fields.find(space.name(i));
    if (it == fields.end()) continue;
    ASSIGN_OR_RETURN(priced[i], PricesOf(space, i, it->second));
  }
  for (const auto& [name, unused] : prices.struct_value().fields()) {
    if (!space.Find(name).empty()) continue;
    return PriceError(absl::StrCat("prices \"", name,
                                   "\", which is not a parameter",
                                   DidYouMean(name, known)));
  }
  LayerCost cost(layers);
  for (int l = 0; l < layers.size(); ++l) {
    const absl::Span<const int> dimensions = layers.dimensions(l);
    for (int option = 0; option < layers.options(l); ++option) {
      for (size_t k = 0; k < dimensions.size(); ++k) {
        const double coordinate = layers.coordinates(l, option)[k];
        const Prices& table = priced[dimensions[k]];
        if (table.empty() || !IsActive(coordinate)) continue;
        cost.effects_.layer(l)[option] += table.at(coordinate);
      }
    }
  }
  cost.SetReference(layers.reference());
  return cost;
}

void LayerCost::Set(Effects effects, double deviation) {
  effects_ = std::move(effects);
  deviation_ = deviation;
  SetReference(Architecture(reference_));
}

void LayerCost::SetReference(const Architecture& reference) {
  reference_ = reference;
  const int layers = effects_.layers();
  savings_.assign(layers + 1, 0);
  rises_.assign(layers + 1, 0);
  for (int depth = 0; depth < layers; ++depth) {
    Architecture end = reference_;
    rises_[depth] = Extreme(depth, layers, -1, end);
    end = reference_;
    savings_[depth] = -Extreme(depth, layers, 1, end);
    if (depth == 0) cheapest_ = std::move(end);
  }
}

// Gives layers `first` to `last` - 1, one after the other, the option that
// costs least (sign 1) or most (-1); with pairs until none can do better alone.
// By how much the cost rose.
double LayerCost::Extreme(int first, int last, double sign,
                          Architecture& architecture) const {
  constexpr int kSweeps = 10;
  const double start = Of(architecture);
  bool changed = true;
  for (int sweep = 0; changed && sweep < kSweeps; ++sweep) {
    changed = false;
    for (int l = first; l < last; ++l) {
      int best = OptionOf(architecture, l);
      double lowest = 0;
      for (int option = 0; option < Options(l); ++option) {
        const double change = sign * Change(architecture, l, option);
        if (change < lowest) {
          lowest = change;
          best = option;
        }
      }
      if (lowest < 0) {
        SetOption(architecture, l, best);
        changed = effects_.has_pairs();
      }
    }
  }
  return Of(architecture) - start;
}

void LayerCost::Lower(double max, Architecture& architecture) const {
  while (Of(architecture) > max) {
    int dearest = -1;
    double most = 0;
    for (int l = 0; l < effects_.layers(); ++l) {
      for (int option = 0; option < Options(l); ++option) {
        const double saving = -Change(architecture, l, option);
        if (saving > most) {
          most = saving;
          dearest = l;
        }
      }
    }
    if (dearest < 0) return;
    // The smallest step.
    int next = -1;
    double least = std::numeric_limits<double>::infinity();
    for (int option = 0; option < Options(dearest); ++option) {
      const double saving = -Change(architecture, dearest, option);
      if (saving > 0 && saving < least) {
        least = saving;
        next = option;
      }
    }
    SetOption(architecture, dearest, next);
  }
}

Architecture LayerCost::Draw(double max, RandomStream& random) const {
  std::vector<int> order(effects_.layers());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  Architecture architecture = cheapest_;
  double spare = std::max(0.0, max - Of(architecture));
  std::vector<int> options;
  for (const int l : order) {
    options.clear();
    for (int option = 0; option < Options(l); ++option) {
      if (Change(architecture, l, option) <= spare) options.push_back(option);
    }
    const int option = options[random.Below(options.size())];
    spare -= Change(architecture, l, option);
    SetOption(architecture, l, option);
  }
  return architecture;
}

std::vector<CostBuckets> LayerCost::Buckets(const CostTarget& target,
                                            int count) const {
  std::vector<CostBuckets> buckets;
  buckets.reserve(effects_.layers() + 1);
  Architecture cheap = reference_;
  Architecture dear = reference_;
  std::optional<std::vector<double>> distinct;
  if (deviation_ == 0 && !effects_.has_pairs()) distinct = {Of(reference_)};
  for (int depth = 0; depth <= effects_.layers(); ++depth) {
    if (depth > 0) {
      const int l = depth - 1;
      Extreme(0, depth, 1, cheap);
      Extreme(0, depth, -1, dear);
      if (distinct) {
        std::vector<double> changes = effects_.layer(l);
        const double standing = changes[OptionOf(reference_, l)];
        for (double& change : changes) change -= standing;
        distinct = DistinctSums(*distinct, changes, count);
      }
    }
    buckets.push_back(
        distinct
            ? CostBuckets::Distinct(*distinct)
            : CostBuckets::Even(
                  std::max(Of(cheap), target.min - rises_[depth]),
                  std::min(Of(dear), target.max + savings_[depth]), count));
  }
  return buckets;
}

}  // namespace apogee
