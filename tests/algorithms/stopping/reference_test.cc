#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// Trial 5 is the best; it has 8 steps, of 10 seconds each.
std::vector<Curve> Study() {
  std::vector<Curve> finished = Flat({1, 2, 3, 4}, 12);
  finished.push_back(Finished({1, 2, 3, 4, 5, 6, 7, 8}, 5));
  for (size_t i = 0; i < 8; ++i) {
    finished.back().seconds[i] = 10 * static_cast<double>(i + 1);
  }
  return finished;
}

Curve At(size_t step, double value, double seconds) {
  Curve curve = Running(std::vector<double>(step, value));
  curve.seconds.back() = seconds;
  return curve;
}

StopDecision Judge(const Curve& trial, const StopperOptions& options = {}) {
  return JudgeBy("REFERENCE", trial, Study(), options);
}

TEST(ReferenceStopperTest, StopsWhatIsWorseThanTheBestWasAndNoFaster) {
  EXPECT_TRUE(Judge(At(4, 3.9, 40)).should_stop);
  EXPECT_FALSE(Judge(At(4, 3.9, 39)).should_stop);
  EXPECT_FALSE(Judge(At(4, 4, 1000)).should_stop);
  EXPECT_EQ(Judge(At(4, 3.9, 50)).reason,
            "step 4: best value 3.9 is worse than 4, that of the best finished "
            "trial, 5; it took 50 s, that one 40 s");
}

TEST(ReferenceStopperTest, WithoutTimesAllAreEquallyFast) {
  EXPECT_FALSE(
      JudgeBy("REFERENCE", Running({1, 1}), Flat({1, 2, 3, 4, 5})).should_stop);
  EXPECT_TRUE(JudgeBy("REFERENCE", Running({1, 1, 1}), Flat({1, 2, 3, 4, 5}))
                  .should_stop);
}

TEST(ReferenceStopperTest, WaitsForAFractionOfItsSteps) {
  EXPECT_FALSE(Judge(At(1, 0, 99)).should_stop);
  EXPECT_TRUE(Judge(At(2, 0, 99)).should_stop);
  EXPECT_FALSE(Judge(At(5, 0, 99), {.fraction = 0.7}).should_stop);
  EXPECT_TRUE(Judge(At(6, 0, 99), {.fraction = 0.7}).should_stop);
}

}  // namespace
}  // namespace apogee
