#include <cmath>
#include <vector>

#include "base/rng.h"
#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// A curve of 20 steps that rises to `limit`, with noise.
Curve Rising(double limit, uint64_t seed, size_t steps = 20) {
  RandomStream random = Rng(seed).At(0);
  std::vector<double> values;
  for (size_t step = 1; step <= steps; ++step) {
    values.push_back(limit - std::pow(static_cast<double>(step), -0.7) +
                     0.01 * random.Normal());
  }
  return Finished(values, static_cast<int64_t>(seed));
}

std::vector<Curve> Study() {
  std::vector<Curve> finished;
  for (uint64_t i = 0; i < 20; ++i) {
    finished.push_back(Rising(0.05 * static_cast<double>(i), i));
  }
  return finished;
}

StopDecision Judge(const Curve& trial, const std::vector<Curve>& finished,
                   const StopperOptions& options = {}) {
  return JudgeBy("CURVE", trial, finished, options);
}

TEST(PerformanceCurveTest, PredictsFromWhatOthersGained) {
  // The best came to 0.83 or so; what will, goes on, though it is below that.
  EXPECT_TRUE(Judge(Rising(0.5, 99, 5), Study()).should_stop);
  EXPECT_FALSE(Judge(Rising(0.95, 99, 5), Study()).should_stop);
  EXPECT_FALSE(Judge(Rising(1.2, 99, 5), Study()).should_stop);
}

TEST(PerformanceCurveTest, WaitsUntilItIsSure) {
  // It takes more confidence than this one trial is worth.
  const Curve middling = Rising(0.92, 99, 3);
  EXPECT_TRUE(Judge(middling, Study(), {.confidence = 0.5}).should_stop);
  EXPECT_FALSE(Judge(middling, Study(), {.confidence = 0.999999}).should_stop);
}

TEST(PerformanceCurveTest, LearnsFromTrialsThatRanToTheirEnd) {
  std::vector<Curve> finished = Study();
  for (size_t i = 0; i < 16; ++i) finished[i] = Rising(0.05, i, 6);
  EXPECT_EQ(Judge(Rising(0.2, 99, 5), finished).reason,
            "4 of the 5 finished trials needed to compare with have "
            "measurements up to step 5");
}

TEST(PerformanceCurveTest, CurvesWithoutNoiseAreFollowed) {
  const std::vector<Curve> finished = Flat({1, 2, 3, 4, 5});
  EXPECT_TRUE(Judge(Running({4, 4}), finished).should_stop);
  EXPECT_FALSE(Judge(Running({6, 6}), finished).should_stop);
}

}  // namespace
}  // namespace apogee
