#include "algorithms/math/permutation.h"

#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "gmock/gmock.h"

namespace apogee {
namespace {

TEST(PermutationTest, VisitsEveryNumberOnce) {
  for (const uint64_t size : {1, 2, 3, 4, 5, 6, 17, 64, 1000, 4097}) {
    const Permutation order(size, Rng(size));
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < size; ++i) {
      const absl::uint128 image = order(i);
      ASSERT_LT(image, size);
      seen.insert(absl::Uint128Low64(image));
    }
    EXPECT_EQ(seen.size(), size);
  }
}

TEST(PermutationTest, LargeSizesNeedNoMemory) {
  const absl::uint128 size = absl::MakeUint128(uint64_t{1} << 31, 5);
  const Permutation order(size, Rng(1));
  std::set<absl::uint128> seen;
  int upper_half = 0;
  for (int i = 0; i < 1000; ++i) {
    const absl::uint128 image = order(i);
    ASSERT_LT(image, size);
    upper_half += image > size / 2;
    seen.insert(image);
  }
  EXPECT_EQ(seen.size(), 1000);
  EXPECT_NEAR(upper_half, 500, 80);
}

TEST(PermutationTest, SeedsGiveAllOrders) {
  std::map<std::vector<uint64_t>, int> orders;
  for (uint64_t seed = 0; seed < 2400; ++seed) {
    const Permutation order(4, Rng(seed));
    std::vector<uint64_t> images(4);
    for (int i = 0; i < 4; ++i) images[i] = absl::Uint128Low64(order(i));
    ++orders[images];
  }
  // A Feistel network only makes even permutations of a domain it fills: 12.
  EXPECT_GE(orders.size(), 12);
  for (const auto& [order, count] : orders) EXPECT_LT(count, 400);
}

}  // namespace
}  // namespace apogee
