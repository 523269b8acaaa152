#pragma once

#include <array>
#include <cstdint>

namespace apogee {

// A stream of random numbers. Cheap to copy; a copy repeats what the original
// would have drawn.
class RandomStream {
 public:
  // Satisfies UniformRandomBitGenerator, so std::shuffle takes it.
  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }
  uint64_t operator()() { return Next(); }

  uint64_t Next();
  // In [0, 1), 53 bits.
  double Uniform();
  // In [0, n), without bias. n >= 1.
  uint64_t Below(uint64_t n);
  // Standard normal.
  double Normal();

 private:
  friend class Rng;
  RandomStream(uint64_t key, uint64_t stream) : key_(key), stream_(stream) {}
  void Refill();

  uint64_t key_;
  uint64_t stream_;
  uint64_t block_ = 0;
  std::array<uint64_t, 2> buffer_ = {};
  int left_ = 0;
};

// Random streams addressed by number instead of drawn one after the other:
// At(i) is the same stream whenever and in whatever order it is asked for, and
// independent of every other. Philox4x32-10 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC'11): no state has to be stored.
// Immutable, thread-safe.
class Rng {
 public:
  explicit Rng(uint64_t seed) : seed_(seed) {}

  uint64_t seed() const { return seed_; }
  RandomStream At(uint64_t ordinal) const {
    return RandomStream(seed_, ordinal);
  }
  // A generator of its own for another purpose under the same seed.
  Rng Fork(uint64_t purpose) const;

 private:
  uint64_t seed_;
};

}  // namespace apogee
