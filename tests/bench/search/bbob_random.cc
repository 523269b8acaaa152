#include "tests/bench/search/bbob_random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace apogee {
namespace {

// Exact zeros are not wanted.
constexpr double kTiny = 1e-99;

// The minimal standard generator of Park and Miller.
int64_t Next(int64_t seed) {
  const int64_t next = 16807 * (seed % 127773) - 2836 * (seed / 127773);
  return next < 0 ? next + 2147483647 : next;
}

}  // namespace

std::vector<double> BbobUniform(int n, int64_t seed) {
  seed = std::max<int64_t>(1, std::abs(seed));
  std::array<int64_t, 32> shuffle = {};
  for (int i = 39; i >= 0; --i) {
    seed = Next(seed);
    if (i < 32) shuffle[i] = seed;
  }
  std::vector<double> result(n);
  int64_t drawn = shuffle[0];
  for (double& number : result) {
    seed = Next(seed);
    const int64_t slot = drawn / 67108865;
    drawn = shuffle[slot];
    shuffle[slot] = seed;
    number = static_cast<double>(drawn) / 2.147483647e9;
    if (number == 0) number = kTiny;
  }
  return result;
}

std::vector<double> BbobNormal(int n, int64_t seed) {
  const std::vector<double> uniform = BbobUniform(2 * n, seed);
  std::vector<double> result(n);
  for (int i = 0; i < n; ++i) {
    result[i] = std::sqrt(-2 * std::log(uniform[i])) *
                std::cos(2 * M_PI * uniform[n + i]);
    if (result[i] == 0) result[i] = kTiny;
  }
  return result;
}

Matrix BbobRotation(int size, int64_t seed) {
  const std::vector<double> normal = BbobNormal(size * size, seed);
  Matrix rotation(size);
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) rotation(i, j) = normal[j * size + i];
  }
  rotation.Orthonormalize();
  return rotation;
}

}  // namespace apogee
