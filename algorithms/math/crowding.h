#pragma once

#include <vector>

#include "absl/types/span.h"

namespace apogee {

// How far each point of a front is from its neighbours: the sum over the
// coordinates of the gap between the next smaller and the next larger one, as a
// share of the whole range. Infinite for the ends of a coordinate. Equal ones
// lie in the order given. (Deb et al., "A fast and elitist multiobjective
// genetic algorithm: NSGA-II", 2002.)
std::vector<double> CrowdingDistances(
    absl::Span<const std::vector<double>* const> front);

}  // namespace apogee
