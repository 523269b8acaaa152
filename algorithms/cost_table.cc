#include "algorithms/cost_table.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

absl::Status CostError(absl::string_view what) {
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

}  // namespace

absl::StatusOr<CostTable::Prices> CostTable::Read(const SearchSpace& space,
                                                  int dimension,
                                                  const Value& given) {
  const std::string name =
      absl::StrCat("parameter \"", space.name(dimension), "\"");
  const int64_t values = space.dimension(dimension).cardinality;
  if (values == 0) {
    return CostError(absl::StrCat(
        "prices ", name, ", a double: declare it with discrete values"));
  }
  if (given.kind_case() != Value::kStructValue) {
    return CostError(
        absl::StrCat("must give ", name, " an object {value: cost}"));
  }
  Prices prices;
  for (const auto& [key, cost] : given.struct_value().fields()) {
    const auto coordinate = space.EncodeValue(
        dimension, ValueOfKey(space.dimension(dimension), key));
    if (!coordinate.ok()) {
      return CostError(absl::StrCat("prices \"", key,
                                    "\": ", coordinate.status().message()));
    }
    if (cost.kind_case() != Value::kNumberValue ||
        !(std::abs(cost.number_value()) <= 1e100)) {
      return CostError(absl::StrCat("must give value \"", key, "\" of ", name,
                                    " a number up to 1e100"));
    }
    prices[space.ValueIndexOf(dimension, *coordinate)] = cost.number_value();
  }
  for (int64_t value = 0; value < values; ++value) {
    if (prices.contains(value)) continue;
    const Value missing =
        space.DecodeValue(dimension, space.CoordinateOf(dimension, value));
    return CostError(absl::StrCat("lacks a price for value \"",
                                  KeyOfValue(missing), "\" of ", name));
  }
  return prices;
}

absl::StatusOr<CostTable> CostTable::Create(const SearchSpace* space,
                                            const Value& option) {
  const auto& fields = option.struct_value().fields();
  const auto table = fields.find("table");
  if (fields.size() != 1 || table == fields.end() ||
      table->second.kind_case() != Value::kStructValue) {
    return CostError("must be {\"table\": {parameter: {value: cost}}}");
  }
  CostTable costs(space);
  for (const auto& [name, given] : table->second.struct_value().fields()) {
    const std::vector<int> dimensions = space->Find(name);
    if (dimensions.empty()) {
      std::vector<std::string> known;
      known.reserve(space->size());
      for (int i = 0; i < space->size(); ++i) known.push_back(space->name(i));
      return CostError(absl::StrCat("prices \"", name,
                                    "\", which is not a parameter",
                                    DidYouMean(name, known)));
    }
    for (const int i : dimensions) {
      ASSIGN_OR_RETURN(costs.prices_[i], Read(*space, i, given));
    }
  }
  return costs;
}

double CostTable::Of(const Point& point) const {
  double cost = 0;
  for (size_t i = 0; i < prices_.size(); ++i) {
    if (IsActive(point[i]) && !prices_[i].empty()) {
      const auto dimension = static_cast<int>(i);
      cost += prices_[i].at(space_->ValueIndexOf(dimension, point[i]));
    }
  }
  return cost;
}

Point CostTable::Cheapest() const {
  Point cheapest(prices_.size(), kInactive);
  // Of each value: what it costs itself and, at its cheapest, what it
  // activates.
  std::vector<Prices> totals = prices_;
  for (int i = space_->size() - 1; i >= 0; --i) {
    Prices& total = totals[i];
    if (total.empty()) continue;
    // A value that neither costs nor activates anything, if there is one.
    int64_t free = 0;
    while (total.contains(free)) ++free;
    if (free < space_->dimension(i).cardinality) total[free] = 0;
    const auto [value, least] = *std::min_element(
        total.begin(), total.end(), [](const auto& a, const auto& b) {
          return std::pair(a.second, a.first) < std::pair(b.second, b.first);
        });
    cheapest[i] = space_->CoordinateOf(i, value);
    for (const Dimension::Condition& condition :
         space_->dimension(i).conditions) {
      for (const int64_t parent : condition.values) {
        totals[condition.parent][parent] += least;
      }
    }
  }
  return cheapest;
}

}  // namespace apogee
