#include "tests/bench/stopping/stopping_run.h"

#include <algorithm>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(StoppingRun, WithoutARuleEverythingIsRunToItsEnd) {
  const CurveTable table = MadeUpTable(60, 20, 1);
  StoppingPlan plan{.trials = 30};
  plan.stopping.set_rule("NONE");
  const auto outcome = RunStopping(table, plan);
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->trials, 30);
  EXPECT_EQ(outcome->stopped, 0);
  EXPECT_EQ(outcome->steps, outcome->all_steps);
  EXPECT_FALSE(outcome->lost_best);
}

TEST(StoppingRun, ARuleSavesSteps) {
  const CurveTable table = MadeUpTable(60, 20, 1);
  StoppingPlan plan{.trials = 60};
  plan.stopping.set_rule("ASHA");
  const auto outcome = RunStopping(table, plan);
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->trials, 60);
  EXPECT_GT(outcome->stopped, 30);
  EXPECT_LT(outcome->steps, outcome->all_steps / 2);
  EXPECT_TRUE(std::is_sorted(outcome->best.rbegin(), outcome->best.rend()));
}

TEST(StoppingRun, EndsWithItsSteps) {
  StoppingPlan plan{.trials = 60, .steps = 100};
  const auto outcome = RunStopping(MadeUpTable(60, 20, 1), plan);
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->steps, 100);
}

}  // namespace
}  // namespace apogee
