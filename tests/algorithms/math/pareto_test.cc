#include "algorithms/math/pareto.h"

#include "base/rng.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Points = std::vector<std::vector<double>>;
using testing::ElementsAre;
using testing::IsEmpty;

// Ids are places in `points`.
std::vector<int64_t> Front(const Points& points) {
  ParetoFront front;
  for (size_t i = 0; i < points.size(); ++i) {
    front.Add(static_cast<int64_t>(i), points[i]);
  }
  return front.Ids();
}

// By the definition: compares every pair.
std::vector<int64_t> BruteForce(const Points& points) {
  std::vector<int64_t> front;
  for (size_t i = 0; i < points.size(); ++i) {
    bool dominated = false;
    for (const std::vector<double>& other : points) {
      bool covers = true;
      for (size_t k = 0; k < other.size(); ++k) {
        covers = covers && other[k] >= points[i][k];
      }
      dominated = dominated || (covers && other != points[i]);
    }
    if (!dominated) front.push_back(static_cast<int64_t>(i));
  }
  return front;
}

TEST(ParetoFront, OfNothingIsNothing) { EXPECT_THAT(Front({}), IsEmpty()); }

TEST(ParetoFront, KeepsAllThatAreEqual) {
  EXPECT_THAT(Front({{1}, {2}, {2}, {0}}), ElementsAre(1, 2));
  EXPECT_THAT(Front({{1, 2}, {2, 1}, {1, 2}, {1, 1}}), ElementsAre(0, 1, 2));
}

TEST(ParetoFront, DropsPointsThatAreBeatenInOneCoordinateOnly) {
  EXPECT_THAT(Front({{1, 5}, {1, 6}, {0, 6}}), ElementsAre(1));
}

TEST(ParetoFront, AgreesWithTheDefinition) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random = Rng(seed).At(0);
    const size_t coordinates = 1 + random.Below(4);
    Points points(random.Below(40));
    for (std::vector<double>& point : points) {
      for (size_t k = 0; k < coordinates; ++k) {
        // Few values, so that ties are common.
        point.push_back(static_cast<double>(random.Below(6)));
      }
    }
    EXPECT_EQ(Front(points), BruteForce(points)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace apogee
