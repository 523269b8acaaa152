#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// Folds differ more than trials do.
const std::vector<double> kFolds = {0.9, 0.5, 0.7, 0.6, 0.8, 0.4, 0.95, 0.55};

std::vector<double> FirstFolds(size_t count, double shift) {
  std::vector<double> values(
      kFolds.begin(), kFolds.begin() + static_cast<std::ptrdiff_t>(count));
  for (double& value : values) value += shift;
  return values;
}

std::vector<Curve> Study() {
  std::vector<Curve> finished;
  for (int64_t i = 1; i <= 5; ++i) {
    finished.push_back(
        Finished(FirstFolds(8, -0.01 * static_cast<double>(i)), i));
  }
  return finished;
}

StopDecision Judge(const Curve& trial, const StopperOptions& options = {}) {
  return JudgeBy("WILCOXON", trial, Study(), options);
}

TEST(WilcoxonStopperTest, StopsWhatIsWorseFoldByFold) {
  // With 4 folds all worse the probability is 1/16, with 5 it is 1/32.
  EXPECT_FALSE(Judge(Running(FirstFolds(4, -0.1))).should_stop);
  EXPECT_TRUE(Judge(Running(FirstFolds(5, -0.1))).should_stop);
  EXPECT_TRUE(
      Judge(Running(FirstFolds(4, -0.1)), {.confidence = 0.9}).should_stop);
  EXPECT_FALSE(Judge(Running(FirstFolds(8, 0))).should_stop);
  EXPECT_EQ(Judge(Running(FirstFolds(5, -0.1))).reason,
            "after fold 5: on 5 folds as good as trial 1 with probability "
            "0.03125, less than 0.05");
}

TEST(WilcoxonStopperTest, TheProbabilityIsThatOfTheSignedRankTest) {
  // Differences -3, -2, +1, -4, -5: the better folds have rank sum 1, which 2
  // of the 32 ways have or fall below.
  const std::vector<Curve> finished(5, Finished({9, 9, 9, 9, 9}, 3));
  EXPECT_EQ(JudgeBy("WILCOXON", Running({6, 7, 10, 5, 4}), finished).reason,
            "after fold 5: on 5 folds as good as trial 3 with probability "
            "0.0625, not less than 0.05");
  // Of sizes 2, 2, 2, 1 the better 2 shares rank 3: a sum of 3 or less have the
  // 5 ways {}, {1}, {3}, {3}, {3} of 16.
  EXPECT_THAT(JudgeBy("WILCOXON", Running({7, 11, 7, 8}), finished).reason,
              testing::HasSubstr("0.3125"));
}

TEST(WilcoxonStopperTest, ManyFoldsAreJudgedAsFewAre) {
  for (const size_t folds : {50, 51}) {
    std::vector<double> best;
    std::vector<double> equal;
    std::vector<double> worse;
    for (size_t i = 0; i < folds; ++i) {
      const double size = 0.01 * static_cast<double>(i + 1);
      best.push_back(1);
      equal.push_back(i % 2 == 0 ? 1 + size : 1 - size - 0.021);
      worse.push_back(i % 4 == 0 ? 1 + size : 1 - size);
    }
    const std::vector<Curve> finished(5, Finished(best));
    EXPECT_FALSE(JudgeBy("WILCOXON", Running(equal), finished).should_stop);
    EXPECT_TRUE(JudgeBy("WILCOXON", Running(worse), finished).should_stop);
  }
}

TEST(WilcoxonStopperTest, ComparesWithTheBestOfThoseWithMostFolds) {
  std::vector<Curve> finished = Study();
  finished.push_back(Finished({0.99}, 6));  // stopped after an easy fold
  EXPECT_THAT(
      JudgeBy("WILCOXON", Running(FirstFolds(5, -0.1)), finished).reason,
      testing::HasSubstr("trial 1"));
}

}  // namespace
}  // namespace apogee
