#pragma once

#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/cost_buckets.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// What architectures may cost.
struct CostTarget {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// What architectures cost: a sum over their layers, exact or fitted. And what
// can still become of a cost while only the first layers are decided (`depth`
// of them) and the others stand at their reference.
class LayerCost {
 public:
  // Free of charge.
  explicit LayerCost(const LayerSpace& layers);
  // From prices {parameter: {value: cost}}; parameters that are left out cost
  // nothing.
  // INVALID_ARGUMENT  a name, a value or a price is wrong or missing; names it
  static absl::StatusOr<LayerCost> FromPrices(
      const SearchSpace& space, const LayerSpace& layers,
      const google::protobuf::Value& prices);

  // `deviation` is how far true costs typically are from the sum.
  void Set(double base, std::vector<std::vector<double>> terms,
           double deviation);
  void SetReference(const Architecture& reference);

  double Of(const Architecture& architecture) const;
  double term(int layer, int option) const { return terms_[layer][option]; }
  double deviation() const { return deviation_; }
  // Whether an architecture of this cost can still reach the target.
  bool CanReach(const CostTarget& target, int depth, double cost) const {
    return cost - savings_[depth] <= target.max &&
           cost + rises_[depth] >= target.min;
  }
  // Moves `architecture` towards cheaper options, those of the dearest layers
  // first, until it costs no more than `max` or nothing is cheaper.
  void Lower(double max, Architecture& architecture) const;
  // A random architecture that costs no more than `max`, or as little as
  // possible: decides the layers in random order, leaving enough for the
  // others.
  Architecture Draw(double max, RandomStream& random) const;
  // For each depth (0 to all layers), buckets for what can reach the target: at
  // most `count` of even width, or one for each distinct cost if the costs are
  // exact and there are no more than that.
  std::vector<CostBuckets> Buckets(const CostTarget& target, int count) const;

 private:
  double base_ = 0;
  std::vector<std::vector<double>> terms_;
  double deviation_ = 0;
  Architecture reference_;
  // By how much the layers from a depth on can fall below their reference, and
  // rise above it.
  std::vector<double> savings_;
  std::vector<double> rises_;
};

}  // namespace apogee
