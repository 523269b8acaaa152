#include "algorithms/standing.h"

#include <limits>
#include <vector>

#include "base/rng.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::ElementsAre;

std::vector<Standing> StandingOf(const std::vector<Outcome>& outcomes) {
  std::vector<const Outcome*> pointers;
  pointers.reserve(outcomes.size());
  for (const Outcome& outcome : outcomes) pointers.push_back(&outcome);
  return Stand(pointers);
}

std::vector<int> FrontsOf(const std::vector<Outcome>& outcomes) {
  std::vector<int> fronts;
  for (const Standing& each : StandingOf(outcomes)) {
    fronts.push_back(each.front);
  }
  return fronts;
}

TEST(StandingTest, FrontsPeelOffAndTheUnsafeComeLast) {
  EXPECT_THAT(FrontsOf({{0, {1, 1}},
                        {0, {2, 0}},
                        {0, {0, 0}},
                        {2, {9, 9}},
                        {1, {0, 0}},
                        {0, {1, 1}},
                        {2, {0, 0}}}),
              ElementsAre(0, 0, 1, 3, 2, 0, 3));
  EXPECT_THAT(FrontsOf({}), ElementsAre());
}

TEST(StandingTest, OneObjectiveIsAnOrder) {
  EXPECT_THAT(FrontsOf({{0, {3}}, {0, {5}}, {0, {3}}, {0, {4}}}),
              ElementsAre(2, 0, 2, 1));
}

// A front is what is left undominated when the earlier ones are gone.
TEST(StandingTest, FrontsFollowTheDefinition) {
  RandomStream random = Rng(1).At(0);
  for (int round = 0; round < 20; ++round) {
    std::vector<Outcome> outcomes;
    for (int i = 0; i < 40; ++i) {
      const auto draw = [&] { return static_cast<double>(random.Below(6)); };
      outcomes.push_back({std::max(0.0, draw() - 4), {draw(), draw(), draw()}});
    }
    const std::vector<int> fronts = FrontsOf(outcomes);
    for (size_t i = 0; i < outcomes.size(); ++i) {
      int before = -1;
      for (size_t k = 0; k < outcomes.size(); ++k) {
        if (Dominates(outcomes[k], outcomes[i])) {
          before = std::max(before, fronts[k]);
        }
      }
      EXPECT_EQ(fronts[i], before + 1);
    }
  }
}

TEST(StandingTest, WithinAFrontTheLonelyAreBetter) {
  const auto standings = StandingOf(
      {{0, {0, 10}}, {0, {1, 9}}, {0, {2, 8}}, {0, {10, 0}}, {0, {0, 0}}});
  EXPECT_TRUE(IsBetter(standings[0], standings[1]));
  EXPECT_TRUE(IsBetter(standings[2], standings[1]));
  EXPECT_FALSE(IsBetter(standings[4], standings[1]));
  EXPECT_TRUE(IsBetter(standings[1], standings[4]));
}

}  // namespace
}  // namespace apogee
