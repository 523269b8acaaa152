#include "algorithms/stopping/curve.h"

#include <limits>
#include <optional>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(Curve, LooksOnlyAtWhatWasMeasuredByThen) {
  const Curve curve{.steps = {2, 4, 8}, .values = {1, 3, 2}};
  EXPECT_EQ(BestUpTo(curve, 1), std::nullopt);
  EXPECT_EQ(BestUpTo(curve, 3), 1);
  EXPECT_EQ(BestUpTo(curve, 100), 3);
  EXPECT_EQ(MeanUpTo(curve, 1), std::nullopt);
  EXPECT_EQ(MeanUpTo(curve, 4), 2);
  EXPECT_EQ(MeanUpTo(curve, 100), 2);
}

TEST(Curve, AStepThatWasSkippedIsReachedByTheNext) {
  const Curve curve{.steps = {2, 4, 8}, .values = {1, 3, 5}};
  EXPECT_EQ(BestOnReaching(curve, 1), 1);
  EXPECT_EQ(BestOnReaching(curve, 3), 3);
  EXPECT_EQ(BestOnReaching(curve, 8), 5);
  EXPECT_EQ(BestOnReaching(curve, 9), std::nullopt);
}

TEST(Curve, TheMeanOfTheLargestNumbersIsANumber) {
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(MeanUpTo(Finished({most, -most}), 2), 0);
  EXPECT_EQ(MeanUpTo(Finished({0.1, 0.1, 0.1}), 3), 0.1);
}

}  // namespace
}  // namespace apogee
