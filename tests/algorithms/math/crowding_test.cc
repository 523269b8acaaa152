#include "algorithms/math/crowding.h"

#include <limits>
#include <vector>

#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Distances(const std::vector<std::vector<double>>& front) {
  std::vector<const std::vector<double>*> pointers;
  pointers.reserve(front.size());
  for (const auto& point : front) pointers.push_back(&point);
  return CrowdingDistances(pointers);
}

TEST(CrowdingTest, SumsTheGapsAsSharesOfTheRange) {
  EXPECT_THAT(Distances({{4, 6}, {0, 10}, {10, 0}, {1, 9}}),
              ElementsAre(DoubleEq(0.9 + 0.9), kInfinity, kInfinity,
                          DoubleEq(0.4 + 0.4)));
}

TEST(CrowdingTest, ACoordinateWithoutRangeCountsNothing) {
  EXPECT_THAT(Distances({{5, 0}, {5, 1}, {5, 4}}),
              ElementsAre(kInfinity, 1, kInfinity));
}

TEST(CrowdingTest, FewAreAllEnds) {
  EXPECT_THAT(Distances({}), ElementsAre());
  EXPECT_THAT(Distances({{1, 2}}), ElementsAre(kInfinity));
  EXPECT_THAT(Distances({{1, 2}, {2, 1}}), ElementsAre(kInfinity, kInfinity));
}

}  // namespace
}  // namespace apogee
