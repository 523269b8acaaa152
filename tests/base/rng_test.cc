#include "base/rng.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(Rng, StreamsAreAddressedNotConsumed) {
  const Rng rng(7);
  RandomStream first = rng.At(3);
  const uint64_t drawn = first.Next();
  rng.At(4).Next();
  EXPECT_EQ(rng.At(3).Next(), drawn);
  EXPECT_EQ(Rng(7).At(3).Next(), drawn);
}

TEST(Rng, StreamsAndSeedsAndForksDiffer) {
  std::set<uint64_t> seen;
  for (uint64_t seed : {0, 1, 2}) {
    for (uint64_t ordinal = 0; ordinal < 100; ++ordinal) {
      seen.insert(Rng(seed).At(ordinal).Next());
      seen.insert(Rng(seed).Fork(1).At(ordinal).Next());
    }
  }
  EXPECT_EQ(seen.size(), 600u);
}

// The known-answer vectors of Random123 for Philox4x32-10.
TEST(Rng, AgreesWithThePublishedVectors) {
  RandomStream zeros = Rng(0).At(0);
  EXPECT_EQ(zeros.Next(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(zeros.Next(), 0x9b00dbd8bc57ac4cu);
}

TEST(RandomStream, UniformHasTheRightMoments) {
  RandomStream stream = Rng(1).At(0);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.Uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 0.005);
}

TEST(RandomStream, NormalHasTheRightMoments) {
  RandomStream stream = Rng(1).At(0);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.Normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.02);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.02);
}

TEST(RandomStream, BelowIsEven) {
  RandomStream stream = Rng(5).At(0);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[stream.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_EQ(stream.Below(1), 0u);
}

TEST(RandomStream, ShufflesWithTheStandardLibrary) {
  std::vector<int> values = {1, 2, 3, 4, 5, 6, 7, 8};
  std::shuffle(values.begin(), values.end(), Rng(3).At(0));
  std::vector<int> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_NE(values, sorted);
}

}  // namespace
}  // namespace apogee
