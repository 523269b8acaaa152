#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/additive_model.h"
#include "algorithms/outcome.h"

namespace apogee {

// What architectures would be worth, as far as others tell: a model of each
// metric with a term for each layer and each two layers. Metrics whose goal
// always holds (a threshold of minus infinity) have none.
class LayerForecast {
 public:
  LayerForecast(const LayerSpace& layers, std::vector<Goal> goals);

  // Learns what one of them measured, one value per goal. Objectives of one
  // that broke a constraint tell nothing.
  void Add(const Architecture& architecture, absl::Span<const double> metrics);
  Outcome Of(const Architecture& architecture) const;

 private:
  std::vector<Goal> goals_;
  std::vector<std::optional<AdditiveModel>> models_;
};

}  // namespace apogee
