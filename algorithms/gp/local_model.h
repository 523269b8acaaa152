#pragma once

#include <optional>

#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_surrogate.h"
#include "algorithms/gp/gp_trials.h"
#include "algorithms/gp/trust_region.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// For a look around the best trial alone: a model of the trials near it, and
// the region to search. A model of all trials knows where the valleys are; it
// does not resolve the floor of one; this one does. The region becomes half as
// large whenever it has led to nothing for a while, and after the smallest as
// large as at the beginning.
// Eriksson et al., "Scalable global optimization via local Bayesian
// optimization", 2019.
struct LocalModel {
  // `everywhere` is the model of all trials: of several that look best, the
  // best is the one of which it expects most, for luck is in what was measured.
  // Nothing while better trials keep coming, with several objectives, or when
  // the numbers do not allow a model.
  static std::optional<LocalModel> Find(const SearchSpace& space,
                                        const GpFeatures& features,
                                        const GpTrials& trials,
                                        const GpSurrogate& everywhere);

  GpSurrogate surrogate;
  TrustRegion region;
};

}  // namespace apogee
