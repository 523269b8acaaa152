#include "base/rng.h"

#include <cmath>

namespace apogee {
namespace {

// One Philox4x32-10 block: 128 bits of counter and 64 of key to 128 random
// bits.
std::array<uint64_t, 2> Philox(uint64_t key, uint64_t counter_low,
                               uint64_t counter_high) {
  auto k0 = static_cast<uint32_t>(key);
  auto k1 = static_cast<uint32_t>(key >> 32);
  std::array<uint32_t, 4> x = {static_cast<uint32_t>(counter_low),
                               static_cast<uint32_t>(counter_low >> 32),
                               static_cast<uint32_t>(counter_high),
                               static_cast<uint32_t>(counter_high >> 32)};
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * x[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ x[3] ^ k1,
         static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {uint64_t{x[1]} << 32 | x[0], uint64_t{x[3]} << 32 | x[2]};
}

}  // namespace

void RandomStream::Refill() {
  buffer_ = Philox(key_, block_++, stream_);
  left_ = 2;
}

uint64_t RandomStream::Next() {
  if (left_ == 0) Refill();
  return buffer_[2 - left_--];
}

double RandomStream::Uniform() {
  return static_cast<double>(Next() >> 11) * 0x1.0p-53;
}

uint64_t RandomStream::Below(uint64_t n) {
  // Values at or above the largest multiple of n would favour small results.
  const uint64_t threshold = -n % n;
  uint64_t draw = Next();
  while (draw < threshold) draw = Next();
  return draw % n;
}

double RandomStream::Normal() {
  const double radius = std::sqrt(-2.0 * std::log1p(-Uniform()));
  return radius * std::cos(2.0 * M_PI * Uniform());
}

Rng Rng::Fork(uint64_t purpose) const {
  // The all-ones stream is kept for forks.
  return Rng(Philox(seed_, purpose, ~uint64_t{0})[0]);
}

}  // namespace apogee
