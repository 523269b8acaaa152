#include "algorithms/merit.h"

#include <limits>

#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

Outcome Safe(double value) { return {.violation = 0, .objectives = {value}}; }
Outcome Unsafe(double violation) {
  return {.violation = violation, .objectives = {100}};
}
Outcome Infeasible() {
  return {.violation = std::numeric_limits<double>::infinity(),
          .objectives = {}};
}

TEST(MeritsTest, OthersAreWorthTheWorstThatKeptTheConstraints) {
  EXPECT_THAT(Merits({Safe(3), Infeasible(), Safe(1), Unsafe(2), Safe(2)}),
              ElementsAre(3, 1, 1, 1, 2));
}

TEST(MeritsTest, WithoutSafeOnesViolationsCount) {
  EXPECT_THAT(Merits({Unsafe(2), Infeasible(), Unsafe(1)}),
              ElementsAre(-2, -2, -1));
}

TEST(MeritsTest, AFailedRunDoesNotOutweighTheOthers) {
  EXPECT_THAT(Merits({Safe(1), Safe(2), Safe(3), Safe(4), Safe(-1e300)}),
              ElementsAre(1, 2, 3, 4,
                          testing::AllOf(testing::Ge(-10), testing::Lt(1))));
}

TEST(MeritsTest, NothingKnownIsAllTheSame) {
  EXPECT_THAT(Merits({Infeasible(), Infeasible()}), Each(0));
  EXPECT_THAT(Merits({}), IsEmpty());
}

}  // namespace
}  // namespace apogee
