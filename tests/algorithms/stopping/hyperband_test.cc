#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr StopperOptions kOptions{.max_steps = 27};

// "bracket 2"
std::string BracketOf(int64_t trial, const StopperOptions& options = kOptions) {
  const std::string reason =
      JudgeBy("HYPERBAND", Running({1}, trial), {}, options).reason;
  return reason.substr(0, reason.find(','));
}

TEST(HyperbandStopperTest, SpreadsTrialsOverBracketsInThePapersProportions) {
  // Of 27 + 12 + 6 + 4 trials.
  std::map<std::string, int> trials;
  for (int64_t trial = 1; trial <= 4900; ++trial) ++trials[BracketOf(trial)];
  ASSERT_EQ(trials.size(), 4u);
  EXPECT_NEAR(trials["bracket 1"], 2700, 100);
  EXPECT_NEAR(trials["bracket 2"], 1200, 100);
  EXPECT_NEAR(trials["bracket 3"], 600, 100);
  EXPECT_NEAR(trials["bracket 4"], 400, 100);
}

TEST(HyperbandStopperTest, EachBracketBeginsToStopLater) {
  const std::map<std::string, size_t> first_stop = {
      {"bracket 1", 1}, {"bracket 2", 3}, {"bracket 3", 9}, {"bracket 4", 99}};
  for (int64_t trial = 1; trial <= 30; ++trial) {
    std::vector<Curve> others;
    for (int64_t other = 31; others.size() < 5; ++other) {
      if (BracketOf(other) == BracketOf(trial)) {
        others.push_back(Finished(std::vector<double>(27, 2), other));
      }
    }
    for (size_t steps = 1; steps <= 27; ++steps) {
      const Curve bad = Running(std::vector<double>(steps, 1), trial);
      EXPECT_EQ(JudgeBy("HYPERBAND", bad, others, kOptions).should_stop,
                steps >= first_stop.at(BracketOf(trial)))
          << trial << " after " << steps;
    }
  }
}

TEST(HyperbandStopperTest, TrialsOfOtherBracketsAreNotComparedWith) {
  std::vector<Curve> others;
  for (int64_t other = 2; others.size() < 20; ++other) {
    if (BracketOf(other) != BracketOf(1)) {
      others.push_back(Finished(std::vector<double>(27, 2), other));
    }
  }
  const Curve bad = Running(std::vector<double>(27, 1), 1);
  EXPECT_FALSE(JudgeBy("HYPERBAND", bad, others, kOptions).should_stop);
}

}  // namespace
}  // namespace apogee
