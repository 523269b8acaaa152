#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/search/matrix.h"

namespace apogee {

// The random numbers that the BBOB suite is defined by (COCO's bbob2009): an
// old portable generator that must be repeated to the last bit.

// n numbers in (0, 1).
std::vector<double> BbobUniform(int n, int64_t seed);
// n standard normal numbers.
std::vector<double> BbobNormal(int n, int64_t seed);
Matrix BbobRotation(int size, int64_t seed);

}  // namespace apogee
