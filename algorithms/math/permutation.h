#pragma once

#include "absl/numeric/int128.h"
#include "base/rng.h"

namespace apogee {

// A pseudo-random order of 0 .. size-1 that follows from the seed, computed
// number by number: needs no memory however large it is. Immutable.
//
// A Feistel network permutes the least even number of bits that can hold
// `size`; where it leaves the range it is applied again ("cycle walking": Black
// and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
class Permutation {
 public:
  // 1 <= size <= 2^96.
  Permutation(absl::uint128 size, const Rng& rng);

  // index < size.
  absl::uint128 operator()(absl::uint128 index) const;

 private:
  absl::uint128 Encrypt(absl::uint128 block) const;

  absl::uint128 size_;
  int half_bits_;
  Rng rng_;
};

}  // namespace apogee
