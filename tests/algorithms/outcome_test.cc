#include "algorithms/outcome.h"

#include <limits>

#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An objective, a constraint of at least -10, another objective.
const std::vector<Goal> kGoals = {{}, {-10}, {}};

Outcome Of(std::vector<double> metrics) {
  return Judge(
      kGoals,
      {.trial_id = 1, .point = {}, .metrics = std::move(metrics), .memo = ""});
}

TEST(Judge, TellsObjectivesFromConstraints) {
  EXPECT_THAT(Of({1, -10, 2}).objectives, ElementsAre(1, 2));
  EXPECT_TRUE(Of({1, -10, 2}).IsSafe());
  EXPECT_EQ(Of({1, -15, 2}).violation, 0.5);
  EXPECT_THAT(Of({}).objectives, IsEmpty());
  EXPECT_TRUE(Of({}).IsInfeasible());
}

TEST(IsBetter, IsTheOrderFromGoodToBad) {
  const Outcome outcomes[] = {Of({2, 0, 0}), Of({1, 0, 9}), Of({9, -11, 9}),
                              Of({9, -1e300, 9}), Of({})};
  for (size_t i = 0; i < std::size(outcomes); ++i) {
    for (size_t k = 0; k < std::size(outcomes); ++k) {
      EXPECT_EQ(IsBetter(outcomes[i], outcomes[k]), i < k) << i << " " << k;
    }
  }
}

TEST(IsBetter, AnInfiniteMissIsStillBetterThanNoResult) {
  const std::vector<Goal> goals = {{}, {std::numeric_limits<double>::max()}};
  const Outcome missed = Judge(
      goals, {.trial_id = 1, .point = {}, .metrics = {0, -1e308}, .memo = ""});
  EXPECT_TRUE(IsBetter(
      missed,
      Judge(goals, {.trial_id = 2, .point = {}, .metrics = {}, .memo = ""})));
}

TEST(Dominates, NeedsOneBetterObjectiveAndNoWorseOne) {
  EXPECT_TRUE(Dominates(Of({1, 0, 2}), Of({1, 0, 1})));
  EXPECT_FALSE(Dominates(Of({1, 0, 1}), Of({1, 0, 1})));
  EXPECT_FALSE(Dominates(Of({2, 0, 0}), Of({1, 0, 1})));
}

TEST(Dominates, PutsConstraintsFirst) {
  EXPECT_TRUE(Dominates(Of({0, 0, 0}), Of({9, -11, 9})));
  EXPECT_TRUE(Dominates(Of({0, -11, 0}), Of({9, -12, 9})));
  EXPECT_FALSE(Dominates(Of({9, -11, 9}), Of({0, -11, 0})));
  EXPECT_TRUE(Dominates(Of({0, -1e300, 0}), Of({})));
  EXPECT_FALSE(Dominates(Of({}), Of({})));
}

}  // namespace
}  // namespace apogee
