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

double Lowest(const std::vector<double>& terms) {
  return *std::min_element(terms.begin(), terms.end());
}
double Highest(const std::vector<double>& terms) {
  return *std::max_element(terms.begin(), terms.end());
}

}  // namespace

LayerCost::LayerCost(const LayerSpace& layers) {
  for (int l = 0; l < layers.size(); ++l) {
    terms_.emplace_back(layers.options(l));
  }
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
        cost.terms_[l][option] += table.at(coordinate);
      }
    }
  }
  cost.SetReference(layers.reference());
  return cost;
}

void LayerCost::Set(double base, std::vector<std::vector<double>> terms,
                    double deviation) {
  base_ = base;
  terms_ = std::move(terms);
  deviation_ = deviation;
  SetReference(Architecture(reference_));
}

void LayerCost::SetReference(const Architecture& reference) {
  reference_ = reference;
  savings_.assign(terms_.size() + 1, 0);
  rises_.assign(terms_.size() + 1, 0);
  for (size_t l = terms_.size(); l > 0; --l) {
    const std::vector<double>& terms = terms_[l - 1];
    const double standing =
        terms[OptionOf(reference_, static_cast<int>(l) - 1)];
    savings_[l - 1] = savings_[l] + standing - Lowest(terms);
    rises_[l - 1] = rises_[l] + Highest(terms) - standing;
  }
}

double LayerCost::Of(const Architecture& architecture) const {
  double sum = base_;
  for (size_t l = 0; l < terms_.size(); ++l) {
    sum += terms_[l][OptionOf(architecture, static_cast<int>(l))];
  }
  return sum;
}

void LayerCost::Lower(double max, Architecture& architecture) const {
  while (Of(architecture) > max) {
    int dearest = -1;
    double highest = 0;
    for (int l = 0; l < static_cast<int>(terms_.size()); ++l) {
      const double excess =
          terms_[l][OptionOf(architecture, l)] - Lowest(terms_[l]);
      if (excess > highest) {
        highest = excess;
        dearest = l;
      }
    }
    if (dearest < 0) return;
    const std::vector<double>& terms = terms_[dearest];
    const double now = terms[OptionOf(architecture, dearest)];
    double next = Lowest(terms);
    for (const double term : terms) {
      if (term < now) next = std::max(next, term);
    }
    const auto option = std::find(terms.begin(), terms.end(), next);
    SetOption(architecture, dearest, static_cast<int>(option - terms.begin()));
  }
}

Architecture LayerCost::Draw(double max, RandomStream& random) const {
  std::vector<int> order(terms_.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  Architecture architecture = reference_;
  Lower(-std::numeric_limits<double>::infinity(), architecture);
  double spare = std::max(0.0, max - Of(architecture));
  for (const int l : order) {
    const double lowest = terms_[l][OptionOf(architecture, l)];
    std::vector<int> options;
    for (size_t option = 0; option < terms_[l].size(); ++option) {
      if (terms_[l][option] - lowest <= spare) {
        options.push_back(static_cast<int>(option));
      }
    }
    const int option = options[random.Below(options.size())];
    spare -= terms_[l][option] - lowest;
    SetOption(architecture, l, option);
  }
  return architecture;
}

std::vector<CostBuckets> LayerCost::Buckets(const CostTarget& target,
                                            int count) const {
  std::vector<CostBuckets> buckets;
  double low = Of(reference_);
  double high = low;
  std::optional<std::vector<double>> distinct;
  if (deviation_ == 0) distinct = {low};
  for (size_t depth = 0; depth <= terms_.size(); ++depth) {
    if (depth > 0) {
      const auto l = static_cast<int>(depth) - 1;
      std::vector<double> changes = terms_[l];
      for (double& change : changes) {
        change -= terms_[l][OptionOf(reference_, l)];
      }
      low += Lowest(changes);
      high += Highest(changes);
      if (distinct) distinct = DistinctSums(*distinct, changes, count);
    }
    buckets.push_back(
        distinct ? CostBuckets::Distinct(*distinct)
                 : CostBuckets::Even(
                       std::max(low, target.min - rises_[depth]),
                       std::min(high, target.max + savings_[depth]), count));
  }
  return buckets;
}

}  // namespace apogee
