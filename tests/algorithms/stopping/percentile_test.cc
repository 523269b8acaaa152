#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

StopDecision Judge(const Curve& trial, const std::vector<Curve>& finished,
                   const StopperOptions& options = {}) {
  return JudgeBy("PERCENTILE", trial, finished, options);
}

TEST(PercentileStopperTest, GoesOnWithTheBestSoManyPerCent) {
  const std::vector<Curve> finished = Flat({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_TRUE(Judge(Running({6.5}), finished).should_stop);
  EXPECT_FALSE(Judge(Running({7}), finished).should_stop);
  EXPECT_FALSE(Judge(Running({6.5}), finished, {.percentile = 26}).should_stop);
  EXPECT_TRUE(Judge(Running({1}), finished, {.percentile = 80}).should_stop);
  EXPECT_FALSE(Judge(Running({2}), finished, {.percentile = 80}).should_stop);
}

TEST(PercentileStopperTest, ComparesTheBestByTheSameStep) {
  // They are at 1 until step 3.
  const std::vector<Curve> finished(5, Finished({1, 0, 1, 9}));
  EXPECT_FALSE(Judge(Running({0, 2, 0}), finished).should_stop);
  EXPECT_TRUE(Judge(Running({0, 2, 0, 0}), finished).should_stop);
}

TEST(PercentileStopperTest, SaysHowManyWereBetter) {
  EXPECT_EQ(Judge(Running({4, 3}), Flat({1, 2, 3, 4, 5, 6})).reason,
            "step 2: best value 4 is not among the best 25 %; 2 of 6 finished "
            "trials had a better one by then");
}

}  // namespace
}  // namespace apogee
