#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

StopDecision Judge(const Curve& trial, const std::vector<Curve>& finished,
                   const StopperOptions& options = {}) {
  return JudgeBy("MEDIAN", trial, finished, options);
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
  // Trials that began to report later, or still run, do not count.
  std::vector<Curve> others = Flat({1, 2, 3, 4, 5});
  others[0] = {{7}, {1}};
  EXPECT_FALSE(Judge(bad, others).should_stop);
  others[0] = Running({1, 1, 1});
  EXPECT_FALSE(Judge(bad, others).should_stop);
}

TEST(MedianStopperTest, ATrialThatWasStoppedCountsWithWhatItHad) {
  std::vector<Curve> finished = Flat({4, 4, 4});
  finished.push_back(Finished({1}));
  finished.push_back(Finished({2, 2}));
  finished.push_back(Finished({3, 3, 3}));
  EXPECT_FALSE(Judge(Running({3.5, 3.5, 3.5}), finished).should_stop);
  EXPECT_TRUE(Judge(Running({3.4, 3.4, 3.4}), finished).should_stop);
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
