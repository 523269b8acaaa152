#include "algorithms/stopping/judge.h"

#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

const std::vector<StoppingMetric> kTwo = {{.id = "a"}, {.id = "b"}};
const std::vector<StoppingMetric> kLimited = {
    {.id = "a"}, {.id = "cost", .is_constraint = true}};

// Of two metrics that keep their values for 3 steps.
TrialCurves Constant(double a, double b) {
  return {{Finished({a, a, a}), Finished({b, b, b})}};
}

StopDecision Judge(absl::Span<const StoppingMetric> metrics,
                   const TrialCurves& trial,
                   const std::vector<TrialCurves>& others) {
  std::vector<const TrialCurves*> pointers;
  for (const TrialCurves& other : others) pointers.push_back(&other);
  return JudgeTrial(*FindStopper("MEDIAN"), metrics, trial, pointers, {});
}

TEST(JudgeTrial, StopsOnlyWhatEveryObjectiveSaysIsBad) {
  const std::vector<TrialCurves> others = {Constant(1, 5), Constant(2, 4),
                                           Constant(3, 3), Constant(4, 2),
                                           Constant(5, 1)};
  EXPECT_TRUE(Judge(kTwo, Constant(1, 1), others).should_stop);
  EXPECT_FALSE(Judge(kTwo, Constant(4, 1), others).should_stop);
  EXPECT_FALSE(Judge(kTwo, Constant(1, 4), others).should_stop);
  EXPECT_EQ(Judge(kTwo, Constant(2, 1), others).reason,
            "a, step 3: best value 2 is worse than 3, the median of the "
            "averages of 5 finished trials; b, step 3: best value 1 is worse "
            "than 3, the median of the averages of 5 finished trials");
}

TEST(JudgeTrial, TheParetoFrontGoesOn) {
  // Below both medians, and yet nobody is better in both.
  const std::vector<TrialCurves> others = {Constant(0, 9), Constant(0, 9),
                                           Constant(5, 5), Constant(9, 0),
                                           Constant(9, 0)};
  EXPECT_TRUE(Judge(kTwo, Constant(4, 4), others).should_stop);
  std::vector<TrialCurves> trade_offs = others;
  trade_offs[2] = Constant(5, 3);
  trade_offs.push_back(Constant(3, 5));
  EXPECT_FALSE(Judge(kTwo, Constant(4, 4), trade_offs).should_stop);
}

TEST(JudgeTrial, WhatNeverKeptAConstraintIsJudgedByHowFarItIsFromIt) {
  const std::vector<TrialCurves> others(5, Constant(1, -2));
  TrialCurves trial = Constant(9, -3);
  trial.metrics[0] = {};  // no value of the objective counts
  EXPECT_EQ(Judge(kLimited, trial, others).reason,
            "what is missed of cost, step 3: best value 3 is worse than 2, the "
            "median of the averages of 5 finished trials");
  EXPECT_TRUE(Judge(kLimited, trial, others).should_stop);
  trial.metrics[1] = Finished({-3, -1});
  EXPECT_FALSE(Judge(kLimited, trial, others).should_stop);
}

TEST(JudgeTrial, WhatKeptTheConstraintsIsJudgedByItsObjectives) {
  std::vector<TrialCurves> others(5, Constant(5, 0));
  EXPECT_TRUE(Judge(kLimited, Constant(4, 0), others).should_stop);
  EXPECT_FALSE(Judge(kLimited, Constant(6, 0), others).should_stop);
  // Trials that did not are no measure for it.
  for (TrialCurves& other : others) other.metrics[0] = {};
  EXPECT_FALSE(Judge(kLimited, Constant(4, 0), others).should_stop);
}

TEST(JudgeTrial, WithoutAnObjectiveNothingIsStopped) {
  EXPECT_FALSE(Judge({}, {}, {{}, {}}).should_stop);
}

}  // namespace
}  // namespace apogee
