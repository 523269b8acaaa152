#include "algorithms/guided/named_points.h"

#include <string>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace apogee {
namespace {

using Value = std::variant<double, std::string>;

// Sets the coordinate; whether it is that of the value itself.
bool Place(const SearchSpace& space, int i, const Value& value,
           double& coordinate) {
  google::protobuf::Value encoded;
  if (space.dimension(i).IsCategorical()) {
    if (!std::holds_alternative<std::string>(value)) return false;
    encoded.set_string_value(std::get<std::string>(value));
    const absl::StatusOr<double> found = space.EncodeValue(i, encoded);
    if (found.ok()) coordinate = *found;
    return found.ok();
  }
  if (!std::holds_alternative<double>(value)) return false;
  const double number = std::get<double>(value);
  coordinate = space.CoordinateNear(i, number);
  return space.DecodeValue(i, 0).number_value() <= number &&
         number <= space.DecodeValue(i, 1).number_value();
}

}  // namespace

NamedPoint ToNamed(const SearchSpace& space, const Point& point) {
  NamedPoint named;
  named.reserve(point.size());
  for (int i = 0; i < space.size(); ++i) {
    if (!IsActive(point[i])) continue;
    const google::protobuf::Value value = space.DecodeValue(i, point[i]);
    if (value.has_string_value()) {
      named.push_back({space.name(i), value.string_value()});
    } else {
      named.push_back({space.name(i), value.number_value()});
    }
  }
  return named;
}

MappedPoint MapPoint(const SearchSpace& space, const NamedPoint& original) {
  absl::flat_hash_map<absl::string_view, const Value*> values;
  for (const NamedValue& each : original) values[each.name] = &each.value;
  MappedPoint mapped = {Point(static_cast<size_t>(space.size()), kInactive), 0};
  int active = 0;
  int kept = 0;
  for (int i = 0; i < space.size(); ++i) {
    if (!space.IsActiveIn(mapped.point, i)) continue;
    ++active;
    mapped.point[i] = space.dimension(i).default_coordinate;
    const auto value = values.find(space.name(i));
    if (value != values.end() &&
        Place(space, i, *value->second, mapped.point[i])) {
      ++kept;
    }
    // Conditions are about feasible values.
    if (!IsActive(mapped.point[i])) {
      mapped.point[i] = space.Quantile(i, 0.5);
    }
  }
  space.Normalize(mapped.point);
  mapped.share = active == 0 ? 1 : static_cast<double>(kept) / active;
  return mapped;
}

}  // namespace apogee
