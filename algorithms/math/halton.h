#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"

namespace apogee {

// Points that fill the unit cube more evenly than random ones: Halton's
// sequence, scrambled. Each digit of each dimension goes through a random
// permutation of its own (Owen, "A randomized Halton algorithm in R", 2017), so
// every point is uniform by itself, seeds give independent sequences, and the
// start needs no skipping. Immutable.
class ScrambledHalton {
 public:
  // The bases are the first primes; in more dimensions than this the points of
  // a usual study would not yet be even.
  static constexpr int kMaxDimensions = 100;

  // 0 <= dimensions <= kMaxDimensions.
  ScrambledHalton(int dimensions, const Rng& rng);

  // Coordinate `dimension` of point `index`, in [0, 1).
  double At(int dimension, uint64_t index) const;

 private:
  struct Scramble {
    uint64_t base;
    // One permutation of 0 .. base-1 after the other, first digit first.
    std::vector<uint16_t> permutations;
  };
  std::vector<Scramble> scrambles_;
};

}  // namespace apogee
