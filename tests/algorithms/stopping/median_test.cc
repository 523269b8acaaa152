#include <cmath>
#include <vector>

#include "algorithms/stopping/stopper.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// Finished trials whose value never changes, for 10 steps.
std::vector<Curve> Flat(const std::vector<double>& values) {
  std::vector<Curve> curves;
  for (const double value : values) {
    Curve curve;
    for (int64_t step = 1; step <= 10; ++step) {
      curve.steps.push_back(step);
      curve.values.push_back(value);
    }
    curves.push_back(curve);
  }
  return curves;
}

StopDecision Judge(const Curve& trial, const std::vector<Curve>& finished,
                   const StopperOptions& options = {}) {
  return FindStopper("MEDIAN")->Judge(trial, finished, options);
}

TEST(MedianStopperTest, StopsOnlyWhatIsStrictlyWorseThanTheMedian) {
  const std::vector<Curve> finished = Flat({1, 2, 3, 4, 5});
  EXPECT_TRUE(Judge({{1}, {2.9}}, finished).should_stop);
  EXPECT_FALSE(Judge({{1}, {3}}, finished).should_stop);
  EXPECT_FALSE(Judge({{1}, {3.1}}, finished).should_stop);
  // An even number: halfway between the middle two.
  const std::vector<Curve> six = Flat({1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(Judge({{1}, {3.4}}, six).should_stop);
  EXPECT_FALSE(Judge({{1}, {3.5}}, six).should_stop);
}

TEST(MedianStopperTest, ComparesTheBestSoFarWithAveragesUpToTheSameStep) {
  // Averages up to step 2 are 1.5, up to step 4 they are 4.
  const std::vector<Curve> finished(5, {{1, 2, 3, 4}, {1, 2, 3, 10}});
  EXPECT_FALSE(Judge({{1, 2}, {1.6, 0}}, finished).should_stop);
  EXPECT_TRUE(Judge({{1, 4}, {1.6, 0}}, finished).should_stop);
}

TEST(MedianStopperTest, WaitsForStepsAndTrials) {
  const Curve bad = {{1, 3}, {0, 0}};
  EXPECT_FALSE(Judge(bad, Flat({1, 2, 3, 4})).should_stop);
  EXPECT_TRUE(Judge(bad, Flat({1, 2, 3, 4}), {.min_trials = 4}).should_stop);
  EXPECT_FALSE(Judge(bad, Flat({1, 2, 3, 4, 5}), {.min_steps = 4}).should_stop);
  EXPECT_TRUE(Judge(bad, Flat({1, 2, 3, 4, 5}), {.min_steps = 3}).should_stop);
  // Trials that began to report later do not count.
  std::vector<Curve> late = Flat({1, 2, 3, 4, 5});
  late[0] = {{7}, {1}};
  EXPECT_FALSE(Judge(bad, late).should_stop);
}

TEST(MedianStopperTest, IgnoresWhatIsNotFinite) {
  const double nan = std::nan("");
  std::vector<Curve> finished = Flat({1, 2, 3, 4, 5});
  finished[4].values[0] = nan;
  EXPECT_TRUE(Judge({{1, 2, 3}, {2.9, nan, nan}}, finished).should_stop);
  EXPECT_FALSE(Judge({{1, 2, 3}, {nan, nan, nan}}, finished).should_stop);
}

TEST(MedianStopperTest, TheReasonHasTheNumbersAsTheUserKnowsThem) {
  EXPECT_EQ(Judge({{1, 7}, {0.25, 0.5}}, Flat({1, 2, 3, 4, 5})).reason,
            "step 7: best value 0.5 is worse than 3, the median of the "
            "averages of 5 finished trials");
  EXPECT_EQ(
      Judge({{1, 7}, {0, -1}}, Flat({-1, -2, -3, -4, -5}), {.negated = true})
          .reason,
      "step 7: best value 0 is no worse than 3, the median of the "
      "averages of 5 finished trials");
  EXPECT_EQ(Judge({{2}, {0}}, Flat({1})).reason,
            "1 of the 5 finished trials needed to compare with have "
            "measurements up to step 2");
  EXPECT_EQ(Judge({{2}, {0}}, Flat({1}), {.min_steps = 5}).reason,
            "step 2 is before step 5, the first that is judged");
}

}  // namespace
}  // namespace apogee
