#include "algorithms/point_set.h"

#include <cmath>

namespace apogee {
namespace {

// Steele et al., "Fast splittable pseudorandom number generators", 2014.
uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t Fingerprint(const Point& point) {
  uint64_t mark = 0;
  for (const double coordinate : point) {
    const uint64_t value =
        IsActive(coordinate)
            ? static_cast<uint64_t>(std::llround(coordinate * 0x1p30)) + 1
            : 0;
    mark = Mix(mark ^ value);
  }
  return mark;
}

}  // namespace apogee
