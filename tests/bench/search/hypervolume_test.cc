#include "tests/bench/search/hypervolume.h"

#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Points = std::vector<std::vector<double>>;

TEST(HypervolumeTest, KnownValues) {
  EXPECT_EQ(Hypervolume({}, std::vector<double>{1, 1}), 0);
  EXPECT_EQ(Hypervolume(Points{{3}, {1}}, std::vector<double>{5}), 4);
  EXPECT_EQ(
      Hypervolume(Points{{1, 3}, {2, 2}, {3, 1}}, std::vector<double>{4, 4}),
      6);
  EXPECT_EQ(Hypervolume(Points{{1, 1, 1}}, std::vector<double>{2, 3, 4}), 6);
  // Two boxes of 6 that share one of 4.
  EXPECT_EQ(
      Hypervolume(Points{{0, 1, 1}, {1, 0, 1}}, std::vector<double>{3, 3, 2}),
      8);
}

TEST(HypervolumeTest, PointsOutsideAddNothing) {
  EXPECT_EQ(Hypervolume(Points{{-5, 1}, {0.5, 0.5}, {0.2, 2}},
                        std::vector<double>{1, 1}),
            0.25);
}

// Points with whole coordinates dominate whole unit cubes, which can be
// counted.
TEST(HypervolumeTest, CountsCubes) {
  constexpr int kSide = 6;
  for (int seed = 0; seed < 300; ++seed) {
    RandomStream random = Rng(7).At(seed);
    const size_t dimensions = 2 + random.Below(2);
    Points points(1 + random.Below(12));
    for (auto& point : points) {
      for (size_t i = 0; i < dimensions; ++i) {
        point.push_back(static_cast<double>(random.Below(kSide + 1)));
      }
    }
    int cubes = 0;
    for (int x = 0; x < kSide; ++x) {
      for (int y = 0; y < kSide; ++y) {
        for (int z = 0; z < (dimensions == 3 ? kSide : 1); ++z) {
          bool dominated = false;
          for (const auto& point : points) {
            dominated |= point[0] <= x && point[1] <= y &&
                         (dimensions == 2 || point[2] <= z);
          }
          cubes += dominated ? 1 : 0;
        }
      }
    }
    EXPECT_EQ(Hypervolume(points, std::vector<double>(dimensions, kSide)),
              cubes);
  }
}

TEST(NonDominatedTest, KeepsTheFrontOnce) {
  EXPECT_THAT(NonDominated({{2, 2}, {1, 3}, {2, 2}, {3, 3}, {1, 4}, {3, 1}}),
              testing::ElementsAre(testing::ElementsAre(1, 3),
                                   testing::ElementsAre(2, 2),
                                   testing::ElementsAre(3, 1)));
}

}  // namespace
}  // namespace apogee
