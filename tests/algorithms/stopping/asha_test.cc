#include <limits>
#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

StopDecision Judge(const Curve& trial, const std::vector<Curve>& others,
                   const StopperOptions& options = {}) {
  return JudgeBy("ASHA", trial, others, options);
}

TEST(AshaStopperTest, GoesOnWithTheBestThirdRoundedUp) {
  const std::vector<Curve> five = Flat({1, 2, 3, 4, 5}, 1);
  EXPECT_FALSE(Judge(Running({4.5}), five).should_stop);
  EXPECT_TRUE(Judge(Running({3.5}), five).should_stop);
  const std::vector<Curve> six = Flat({1, 2, 3, 4, 5, 6}, 1);
  EXPECT_FALSE(Judge(Running({4.5}), six).should_stop);
  EXPECT_TRUE(Judge(Running({3.5}), six).should_stop);
  EXPECT_FALSE(Judge(Running({3.5}), six, {.eta = 2}).should_stop);
}

TEST(AshaStopperTest, ComparesAtTheHighestRungItHasReached) {
  // Good at step 3, bad at step 9.
  const std::vector<Curve> others = Flat({1, 2, 3, 4, 5, 6}, 9);
  Curve trial = Running({5.5, 5.5, 5.5});
  EXPECT_FALSE(Judge(trial, others).should_stop);
  // What is better between the rungs does not count before the next one.
  const std::vector<Curve> late(6, Finished({1, 1, 1, 9, 9, 9, 9, 9, 9}));
  EXPECT_FALSE(Judge(Running({2, 2, 2, 2, 2, 2, 2, 2}), late).should_stop);
  EXPECT_TRUE(Judge(Running({2, 2, 2, 2, 2, 2, 2, 2, 2}), late).should_stop);
}

TEST(AshaStopperTest, CountsTrialsThatRunOrWereStoppedAtTheRung) {
  std::vector<Curve> others = Flat({9, 9, 9}, 3);
  others.push_back(Running({9, 9, 9}));
  EXPECT_FALSE(Judge(Running({1, 1, 1}), others).should_stop);
  others.push_back(Running({9, 9}));  // has not come so far
  EXPECT_FALSE(Judge(Running({1, 1, 1}), others).should_stop);
  others.back() = Running({9, 9, 9, 9});
  EXPECT_TRUE(Judge(Running({1, 1, 1}), others).should_stop);
}

TEST(AshaStopperTest, TheFirstRungIsTheLeastNumberOfSteps) {
  const std::vector<Curve> others = Flat({9, 9, 9, 9, 9}, 20);
  const StopperOptions options{.min_steps = 4};
  EXPECT_FALSE(Judge(Running({1, 1, 1}), others, options).should_stop);
  EXPECT_TRUE(Judge(Running({1, 1, 1, 1}), others, options).should_stop);
  EXPECT_EQ(Judge(Running({1, 1, 1, 1}), others, options).reason,
            "step 4: value 1 is not among the best 2 of 6 trials at the rung "
            "at step 4");
}

TEST(AshaStopperTest, StepsMayBeAsLargeAsTheyLike) {
  const int64_t last = std::numeric_limits<int64_t>::max();
  const std::vector<Curve> others(5, Curve{.steps = {last}, .values = {2}});
  EXPECT_TRUE(Judge({.steps = {last}, .values = {1}}, others).should_stop);
}

}  // namespace
}  // namespace apogee
