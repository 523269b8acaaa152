#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/registry.h"
#include "algorithms/space/grid.h"

namespace apogee {

// What the grid searches share.

std::vector<OptionSpec> GridOptionSpecs();
// The grid of a problem that has those options.
// INVALID_ARGUMENT  as Grid::Create
absl::StatusOr<Grid> MakeGrid(const Problem& problem);

}  // namespace apogee
