#include "algorithms/math/permutation.h"

#include <cstdint>

namespace apogee {
namespace {

constexpr int kRounds = 8;

}  // namespace

Permutation::Permutation(absl::uint128 size, const Rng& rng)
    : size_(size), half_bits_(1), rng_(rng) {
  while ((absl::uint128{1} << (2 * half_bits_)) < size_) ++half_bits_;
}

absl::uint128 Permutation::Encrypt(absl::uint128 block) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = absl::Uint128Low64(block >> half_bits_) & mask;
  uint64_t right = absl::Uint128Low64(block) & mask;
  for (uint64_t round = 0; round < kRounds; ++round) {
    // Halves have at most 48 bits, so each (round, half) has its own stream.
    const uint64_t mixed = rng_.At(round << 48 | right).Next();
    const uint64_t next = left ^ (mixed & mask);
    left = right;
    right = next;
  }
  return absl::uint128{left} << half_bits_ | right;
}

absl::uint128 Permutation::operator()(absl::uint128 index) const {
  do {
    index = Encrypt(index);
  } while (index >= size_);
  return index;
}

}  // namespace apogee
