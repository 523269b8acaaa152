#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/space/domain.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// The dimensions of a tree of parameter specs, parents first, each with its
// domain. Specs with the same name, domain and children become one dimension.
// INVALID_ARGUMENT  two dimensions share a name and can be active together
absl::StatusOr<std::vector<std::pair<Dimension, Domain>>> MergeSpecs(
    const SearchSpace::ParameterSpecs& specs);

}  // namespace apogee
