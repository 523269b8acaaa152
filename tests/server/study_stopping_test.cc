#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"
#include "base/rng.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kMedianOfThree[] =
    "apogee_options { stopping { rule: 'MEDIAN' min_trials: 3 } }";

// Trials 1 to 3 rise from 0.6 to 0.8; 4 and 5 run.
void RunThree(StudyHarness& harness) {
  ASSERT_OK(harness.Take("w", 5));
  for (int id = 1; id <= 3; ++id) {
    for (int step = 1; step <= 3; ++step) {
      ASSERT_OK(harness.Measure(id, step, 0.5 + 0.1 * step));
    }
    ASSERT_OK(harness.CompleteWith(id, ""));
  }
}

TEST(JudgeStopping, StopsATrialThatFallsBehind) {
  StudyHarness harness(kMedianOfThree);
  RunThree(harness);
  ASSERT_OK(harness.Measure(4, 2, 0.1));
  ASSERT_OK(harness.Measure(5, 2, 0.9));
  EXPECT_TRUE(harness.JudgeStopping(4).should_stop);
  EXPECT_FALSE(harness.JudgeStopping(5).should_stop);
}

TEST(JudgeStopping, TheDecisionIsKeptWithItsReason) {
  StudyHarness harness(kMedianOfThree);
  RunThree(harness);
  ASSERT_OK(harness.Measure(4, 2, 0.1));
  const StopDecision first = harness.JudgeStopping(4);
  ASSERT_TRUE(first.should_stop);
  ASSERT_EQ(harness.effects().commit.trials.size(), 1u);
  const auto trial = harness.Measure(4, 3, 100);
  ASSERT_OK(trial);
  EXPECT_EQ(trial->state(), vizier::Trial::ACTIVE);
  ASSERT_EQ(trial->metadata_size(), 1);
  EXPECT_EQ(trial->metadata(0).ns(), ":apogee");
  EXPECT_EQ(trial->metadata(0).key(), "stopping");
  EXPECT_EQ(trial->metadata(0).value(),
            R"({"rule":"MEDIAN","step":2,"reason":"step 2: best value 0.1 is )"
            R"(worse than 0.65, the median of the averages of 3 finished )"
            R"(trials"})");
  for (int i = 0; i < 2; ++i) {
    const StopDecision again = harness.JudgeStopping(4);
    EXPECT_TRUE(again.should_stop);
    EXPECT_EQ(again.reason, first.reason);
    EXPECT_THAT(harness.effects().commit.trials, IsEmpty());
    harness.Restart();
  }
}

TEST(JudgeStopping, OnlyForRunningTrials) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  EXPECT_OK(harness.study().CanJudgeStopping(1));
  ASSERT_OK(harness.Stop(1));
  EXPECT_TRUE(harness.JudgeStopping(1).should_stop);
  ASSERT_OK(harness.Complete(1, 1));
  EXPECT_THAT(harness.study().CanJudgeStopping(1),
              StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.study().CanJudgeStopping(2),
              StatusIs(StatusCode::kNotFound));
}

TEST(JudgeStopping, WhatIsNoNumberDoesNotCount) {
  StudyHarness harness(kMedianOfThree);
  RunThree(harness);
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double value : {std::nan(""), infinite, -infinite}) {
    ASSERT_OK(harness.Measure(4, 2, value));
    EXPECT_FALSE(harness.JudgeStopping(4).should_stop) << value;
  }
  ASSERT_OK(harness.Measure(4, 3, 0.1));
  EXPECT_TRUE(harness.JudgeStopping(4).should_stop);
}

TEST(JudgeStopping, StepsThatGoBackDoNotCount) {
  StudyHarness harness(kMedianOfThree);
  RunThree(harness);
  ASSERT_OK(harness.Measure(4, 3, 0.7));
  ASSERT_OK(harness.Measure(4, 2, 0.9));
  EXPECT_EQ(harness.JudgeStopping(4).reason,
            "step 3: best value 0.7 is no worse than 0.7, the median of the "
            "averages of 3 finished trials");
}

TEST(JudgeStopping, WhatBreaksAConstraintDoesNotCount) {
  StudyHarness harness(
      "metrics { metric_id: 'y' goal: MAXIMIZE } "
      "metrics { metric_id: 'ms' goal: MINIMIZE safety_config { "
      "safety_threshold: 10 } } "
      "apogee_options { stopping { min_trials: 2 } }");
  ASSERT_OK(harness.Take("w", 5));
  const auto measure = [&](int id, int step, double y, double ms) {
    ASSERT_OK(harness.MeasureText(
        id, absl::StrCat("step_count: ", step,
                         " metrics { metric_id: 'y' value: ", y,
                         " } metrics { metric_id: 'ms' value: ", ms, " }")));
  };
  for (int id = 1; id <= 3; ++id) {
    measure(id, 1, 5, 9);
    ASSERT_OK(harness.CompleteWith(id, ""));
  }
  measure(4, 1, 9, 12);
  EXPECT_EQ(harness.JudgeStopping(4).reason,
            "what is missed of ms, step 1: best value 2 is worse than 0, the "
            "median of the averages of 3 finished trials");
  measure(5, 1, 4, 9);
  EXPECT_EQ(harness.JudgeStopping(5).reason,
            "y, step 1: best value 4 is worse than 5, the median of the "
            "averages of 3 finished trials");
}

TEST(JudgeStopping, AnOptionMustBeOneOfTheRule) {
  const auto create = [](const std::string& stopping) {
    Effects effects;
    return Study::Create(MakeCreateRequest(absl::StrCat(
                             "apogee_options { stopping { ", stopping, " } }")),
                         1, absl::UnixEpoch(), effects)
        .status();
  };
  EXPECT_THAT(create("rule: 'MEDIAN' eta: 3"),
              StatusIs(StatusCode::kInvalidArgument,
                       "rule MEDIAN does not take the option stopping.eta; "
                       "leave it out, or take ASHA or HYPERBAND"));
  EXPECT_THAT(create("confidence: 0.9"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("take CURVE or WILCOXON")));
  EXPECT_THAT(create("rule: 'HYPERBAND'"),
              StatusIs(StatusCode::kInvalidArgument,
                       "rule HYPERBAND needs the option stopping.max_steps, "
                       "the steps of a whole trial"));
  EXPECT_THAT(create("rule: 'HYPERBAND' max_steps: 11 min_steps: 4"),
              StatusIs(StatusCode::kInvalidArgument,
                       "option stopping.max_steps is 11; it must be eta (3) "
                       "times min_steps (4) or more"));
  EXPECT_THAT(create("rule: 'ASH'"), StatusIs(StatusCode::kInvalidArgument,
                                              HasSubstr("mean \"ASHA\"?")));
  EXPECT_OK(create("rule: 'ASHA' eta: 4 min_steps: 2 min_trials: 7"));
  EXPECT_OK(create("rule: 'HYPERBAND' eta: 4 max_steps: 81"));
}

// The ids of the trials that a study told to stop, of 130 that measure random
// curves on 4 workers. `sign` turns the goal and all values of the second
// metric around; a study that is restarted is so again and again.
std::vector<int> Stopped(const std::string& rule, int sign, bool restart) {
  StudyHarness harness(
      absl::StrCat("apogee_options { stopping { rule: '", rule, "'",
                   rule == "HYPERBAND" ? " max_steps: 9" : "",
                   " } } metrics { metric_id: 'y' goal: MAXIMIZE } ",
                   sign < 0 ? "metrics { metric_id: 'z' goal: MINIMIZE }"
                            : "metrics { metric_id: 'z' goal: MAXIMIZE }"));
  std::vector<int> stopped;
  std::vector<int> running;
  std::vector<int> steps(131, 0);
  int begun = 0;
  for (int turn = 0; begun < 130; ++turn) {
    const size_t place = static_cast<size_t>(turn) % 4;
    if (running.size() <= place) running.push_back(0);
    int& id = running[place];
    if (id == 0) {
      id = ++begun;
      EXPECT_OK(harness.Take(absl::StrCat("w", place)));
    }
    const int step = ++steps[static_cast<size_t>(id)];
    RandomStream random = Rng(7).At(static_cast<uint64_t>(id));
    const double limit = random.Uniform();
    const double value = limit - std::pow(step, -0.5);
    EXPECT_OK(harness.MeasureText(
        id, absl::StrCat("step_count: ", step,
                         " metrics { metric_id: 'y' value: ", value,
                         " } metrics { metric_id: 'z' value: ", sign * value,
                         " }")));
    if (restart && turn % 7 == 0) harness.Restart();
    const bool stops = harness.JudgeStopping(id).should_stop;
    if (stops) stopped.push_back(id);
    if (!stops && step < 9) continue;
    // Now and then a trial fails in the end.
    if (id % 10 == 0) {
      EXPECT_OK(harness.Fail(id, "lost"));
    } else {
      EXPECT_OK(harness.CompleteWith(id, ""));
    }
    id = 0;
  }
  return stopped;
}

class JudgeStoppingBy : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(AllRules, JudgeStoppingBy,
                         testing::ValuesIn(StopperNames()),
                         [](const auto& each) { return each.param; });

TEST_P(JudgeStoppingBy, IsTheSameInEitherDirection) {
  const std::vector<int> stopped = Stopped(GetParam(), 1, false);
  EXPECT_EQ(Stopped(GetParam(), -1, false), stopped);
  EXPECT_EQ(stopped.empty(), GetParam() == "NONE");
}

TEST_P(JudgeStoppingBy, IsTheSameAfterARestart) {
  EXPECT_EQ(Stopped(GetParam(), 1, true), Stopped(GetParam(), 1, false));
}

}  // namespace
}  // namespace apogee
