#include <vector>

#include "algorithms/stopping/stopper.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(NoneStopperTest, NeverStopsEvenTheWorst) {
  const std::vector<Curve> finished(10, {{1, 2}, {1, 1}});
  EXPECT_FALSE(FindStopper("NONE")
                   ->Judge({{1, 2}, {-100, -100}}, finished, {})
                   .should_stop);
}

}  // namespace
}  // namespace apogee
