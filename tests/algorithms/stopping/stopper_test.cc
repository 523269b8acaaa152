#include "algorithms/stopping/stopper.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(StopperTest, RulesAreFoundByName) {
  EXPECT_THAT(StopperNames(), testing::ElementsAre("MEDIAN", "NONE"));
  for (const std::string& name : StopperNames()) {
    EXPECT_NE(FindStopper(name), nullptr) << name;
  }
  EXPECT_NE(FindStopper("MEDIAN"), FindStopper("NONE"));
  EXPECT_EQ(FindStopper(""), FindStopper("MEDIAN"));
  EXPECT_EQ(FindStopper("median"), nullptr);
}

// No rule may stumble over what trials can look like.
TEST(StopperTest, NoRuleStopsWithoutMeasurements) {
  for (const std::string& name : StopperNames()) {
    const Stopper& rule = *FindStopper(name);
    const Curve empty;
    const std::vector<Curve> finished(10);
    for (const StopDecision& decision :
         {rule.Judge(empty, {}, {}), rule.Judge(empty, finished, {}),
          rule.Judge({{1}, {0}}, {}, {}),
          rule.Judge({{1}, {0}}, finished, {.min_trials = 0})}) {
      EXPECT_FALSE(decision.should_stop) << name;
      EXPECT_FALSE(decision.reason.empty()) << name;
      EXPECT_EQ(decision.reason.find('\n'), std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace apogee
