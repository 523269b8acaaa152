#include "algorithms/math/halton.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gmock/gmock.h"

namespace apogee {
namespace {

TEST(HaltonTest, EveryBlockOfBasePointsHitsEachIntervalOnce) {
  const ScrambledHalton halton(4, Rng(7));
  const int bases[] = {2, 3, 5, 7};
  for (int dimension = 0; dimension < 4; ++dimension) {
    // Also at the second digit: base^2 points, base^2 intervals.
    const int cells = bases[dimension] * bases[dimension];
    for (int block = 0; block < 3; ++block) {
      std::vector<int> hits(cells);
      for (int i = 0; i < cells; ++i) {
        const double x = halton.At(dimension, block * cells + i);
        ++hits[static_cast<int>(x * cells)];
      }
      EXPECT_THAT(hits, testing::Each(1)) << dimension;
    }
  }
}

TEST(HaltonTest, StaysInTheUnitInterval) {
  const ScrambledHalton halton(ScrambledHalton::kMaxDimensions, Rng(1));
  for (int dimension = 0; dimension < ScrambledHalton::kMaxDimensions;
       ++dimension) {
    for (const uint64_t index :
         {uint64_t{0}, uint64_t{1}, uint64_t{540}, uint64_t{1} << 40}) {
      const double x = halton.At(dimension, index);
      EXPECT_GE(x, 0);
      EXPECT_LT(x, 1);
    }
  }
}

TEST(HaltonTest, SeedsGiveDifferentSequences) {
  const ScrambledHalton one(10, Rng(1));
  const ScrambledHalton same(10, Rng(1));
  const ScrambledHalton other(10, Rng(2));
  int equal = 0;
  for (int dimension = 0; dimension < 10; ++dimension) {
    EXPECT_EQ(one.At(dimension, 5), same.At(dimension, 5));
    equal += one.At(dimension, 5) == other.At(dimension, 5);
  }
  EXPECT_EQ(equal, 0);
}

// The unscrambled sequence lies on a few lines in pairs of high dimensions.
TEST(HaltonTest, HighDimensionsAreNotCorrelated) {
  constexpr int kPoints = 200;
  const ScrambledHalton halton(ScrambledHalton::kMaxDimensions, Rng(3));
  double largest = 0;
  for (int dimension = 90; dimension < 99; ++dimension) {
    double sum = 0;
    for (int i = 0; i < kPoints; ++i) {
      sum +=
          (halton.At(dimension, i) - 0.5) * (halton.At(dimension + 1, i) - 0.5);
    }
    largest = std::max(largest, std::abs(sum / kPoints * 12));
  }
  EXPECT_LT(largest, 0.3);
}

}  // namespace
}  // namespace apogee
