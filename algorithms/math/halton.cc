#include "algorithms/math/halton.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace apogee {
namespace {

uint64_t NextPrime(uint64_t n) {
  const auto is_prime = [](uint64_t candidate) {
    for (uint64_t divisor = 2; divisor * divisor <= candidate; ++divisor) {
      if (candidate % divisor == 0) return false;
    }
    return true;
  };
  do {
    ++n;
  } while (!is_prime(n));
  return n;
}

// Digits that fill the mantissa of a double.
int DigitsOf(uint64_t base) {
  return static_cast<int>(std::ceil(53 / std::log2(base)));
}

}  // namespace

ScrambledHalton::ScrambledHalton(int dimensions, const Rng& rng) {
  uint64_t prime = 1;
  for (int i = 0; i < dimensions; ++i) {
    prime = NextPrime(prime);
    Scramble scramble = {prime, {}};
    scramble.permutations.resize(prime * DigitsOf(prime));
    RandomStream random = rng.At(i);
    for (size_t start = 0; start < scramble.permutations.size();
         start += prime) {
      uint16_t* digits = &scramble.permutations[start];
      std::iota(digits, digits + prime, 0);
      // Not std::shuffle, whose result differs between standard libraries.
      for (uint64_t left = prime; left > 1; --left) {
        std::swap(digits[left - 1], digits[random.Below(left)]);
      }
    }
    scrambles_.push_back(std::move(scramble));
  }
}

double ScrambledHalton::At(int dimension, uint64_t index) const {
  const Scramble& scramble = scrambles_[dimension];
  double result = 0;
  double weight = 1;
  for (size_t offset = 0; offset < scramble.permutations.size();
       offset += scramble.base) {
    weight /= static_cast<double>(scramble.base);
    result += weight * scramble.permutations[offset + index % scramble.base];
    index /= scramble.base;
  }
  return std::min(result, std::nextafter(1.0, 0.0));
}

}  // namespace apogee
