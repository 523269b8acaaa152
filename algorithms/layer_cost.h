#pragma once

#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/cost_buckets.h"
#include "algorithms/math/effects.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// What architectures may cost.
struct CostTarget {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// What architectures cost: a sum over their layers and, perhaps, pairs of
// layers; exact or fitted. And what can still become of a cost while only the
// first layers are decided (`depth` of them) and the others stand at their
// reference; with pairs that is an estimate.
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

  // `deviation` is how far true costs typically are from `effects`.
  void Set(Effects effects, double deviation);
  void SetReference(const Architecture& reference);

  int Options(int layer) const {
    return static_cast<int>(effects_.layer(layer).size());
  }
  double Of(const Architecture& architecture) const {
    return effects_.Of(architecture);
  }
  // By how much that rises when a layer takes an option.
  double Change(const Architecture& architecture, int layer, int option) const {
    return effects_.Change(architecture, layer, option);
  }
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
  // exact sums over layers and there are no more than that.
  std::vector<CostBuckets> Buckets(const CostTarget& target, int count) const;

 private:
  double Extreme(int first, int last, double sign,
                 Architecture& architecture) const;

  Effects effects_;
  double deviation_ = 0;
  Architecture reference_;
  Architecture cheapest_;
  // By how much the layers from a depth on can fall below their reference, and
  // rise above it.
  std::vector<double> savings_;
  std::vector<double> rises_;
};

}  // namespace apogee
