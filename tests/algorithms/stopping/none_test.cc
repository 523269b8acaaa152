#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(NoneStopperTest, NeverStopsEvenTheWorst) {
  EXPECT_FALSE(JudgeBy("NONE", Running({-100, -100}),
                       Flat({1, 1, 1, 1, 1, 1, 1, 1, 1, 1}))
                   .should_stop);
}

}  // namespace
}  // namespace apogee
