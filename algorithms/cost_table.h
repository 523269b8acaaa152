#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "algorithms/space/search_space.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// What points cost, known before any trial: a sum over the values of the
// parameters that are active. Immutable.
class CostTable {
 public:
  // From the option "cost": {"table": {parameter: {value: cost}}}. Parameters
  // that are left out cost nothing. `space` outlives this object.
  // INVALID_ARGUMENT  a name, a value or a cost is wrong or missing; names it
  static absl::StatusOr<CostTable> Create(
      const SearchSpace* space, const google::protobuf::Value& option);

  // Of a normalized point.
  double Of(const Point& point) const;
  // For each dimension the coordinate that costs least together with what it
  // activates; kInactive where no value costs or activates anything.
  Point Cheapest() const;

 private:
  // By value index; empty where the dimension costs nothing.
  using Prices = absl::flat_hash_map<int64_t, double>;

  explicit CostTable(const SearchSpace* space)
      : space_(space), prices_(space->size()) {}
  static absl::StatusOr<Prices> Read(const SearchSpace& space, int dimension,
                                     const google::protobuf::Value& given);

  const SearchSpace* space_;
  std::vector<Prices> prices_;
};

}  // namespace apogee
