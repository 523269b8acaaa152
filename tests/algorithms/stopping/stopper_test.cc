#include "algorithms/stopping/stopper.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "algorithms/stopping/judge.h"
#include "base/rng.h"
#include "tests/algorithms/stopping/rule_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

const StopperOptions kOptions{.max_steps = 20};

// Trials of a study, told by its seed: curves of random limits and lengths, of
// which some still run.
std::vector<TrialCurves> RandomTrials(uint64_t seed, size_t metrics) {
  std::vector<TrialCurves> trials;
  for (int64_t i = 1; i <= 30; ++i) {
    RandomStream random = Rng(seed).At(static_cast<uint64_t>(i));
    const size_t steps = random.Below(3) == 0 ? 1 + random.Below(20) : 20;
    TrialCurves& trial = trials.emplace_back();
    for (size_t m = 0; m < metrics; ++m) {
      const double limit = random.Uniform();
      Curve curve{.trial = i, .running = i > 25};
      for (size_t step = 1; step <= steps; ++step) {
        curve.steps.push_back(static_cast<int64_t>(step));
        curve.values.push_back(limit -
                               1 / std::sqrt(static_cast<double>(step)) +
                               0.05 * random.Normal());
        curve.seconds.push_back(static_cast<double>(step));
      }
      trial.metrics.push_back(curve);
    }
  }
  return trials;
}

std::vector<StoppingMetric> Metrics(size_t count) {
  std::vector<StoppingMetric> metrics;
  for (size_t i = 0; i < count; ++i)
    metrics.push_back({std::string(i + 1, 'm')});
  return metrics;
}

// Decides on the trial of this place among the others.
bool Stops(const std::string& rule, const std::vector<TrialCurves>& trials,
           size_t place) {
  std::vector<const TrialCurves*> others;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (i != place) others.push_back(&trials[i]);
  }
  const StopDecision decision =
      JudgeTrial(*FindStopper(rule), Metrics(trials[place].metrics.size()),
                 trials[place], others, kOptions);
  EXPECT_FALSE(decision.reason.empty());
  EXPECT_EQ(decision.reason.find('\n'), std::string::npos);
  return decision.should_stop;
}

class AnyStopper : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(All, AnyStopper, testing::ValuesIn(StopperNames()),
                         [](const auto& each) { return each.param; });

TEST_P(AnyStopper, StopsSomeTrialsUnlessItIsNone) {
  int stopped = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto trials = RandomTrials(seed, 1);
    for (size_t i = 25; i < 30; ++i) stopped += Stops(GetParam(), trials, i);
  }
  EXPECT_EQ(stopped > 0, GetParam() != "NONE");
}

TEST_P(AnyStopper, TheBestSoFarGoesOn) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const size_t metrics : {size_t{1}, size_t{2}}) {
      auto trials = RandomTrials(seed, metrics);
      // Raised until it is the best in one objective.
      for (double& value : trials[27].metrics[0].values) value += 2;
      EXPECT_FALSE(Stops(GetParam(), trials, 27)) << seed;
    }
  }
}

TEST_P(AnyStopper, TheOrderOfTrialsDoesNotMatter) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    auto trials = RandomTrials(seed, 1);
    const bool stops = Stops(GetParam(), trials, 29);
    std::reverse(trials.begin(), trials.end());
    EXPECT_EQ(Stops(GetParam(), trials, 0), stops) << seed;
  }
}

TEST_P(AnyStopper, TheOrderOfObjectivesDoesNotMatter) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    auto trials = RandomTrials(seed, 3);
    const bool stops = Stops(GetParam(), trials, 29);
    for (TrialCurves& trial : trials) {
      std::rotate(trial.metrics.begin(), trial.metrics.begin() + 1,
                  trial.metrics.end());
    }
    EXPECT_EQ(Stops(GetParam(), trials, 29), stops) << seed;
  }
}

TEST_P(AnyStopper, TheUnitOfAMetricDoesNotMatter) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    auto trials = RandomTrials(seed, 1);
    const bool stops = Stops(GetParam(), trials, 29);
    for (TrialCurves& trial : trials) {
      for (double& value : trial.metrics[0].values) value *= 1024;
    }
    EXPECT_EQ(Stops(GetParam(), trials, 29), stops) << seed;
  }
}

TEST_P(AnyStopper, WithoutMeasurementsNothingIsStopped) {
  auto trials = RandomTrials(1, 1);
  trials[29].metrics[0] = {};
  EXPECT_FALSE(Stops(GetParam(), trials, 29));
  EXPECT_FALSE(Stops(GetParam(), std::vector<TrialCurves>(10, trials[29]), 0));
  EXPECT_FALSE(Stops(GetParam(), {trials[0]}, 0));
}

TEST_P(AnyStopper, SurvivesTheLargestNumbers) {
  constexpr double kMost = std::numeric_limits<double>::max();
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  std::vector<TrialCurves> trials;
  for (const double value : {kMost, -kMost, kMost, -kMost, 0.0, 1.0, -kMost}) {
    trials.push_back({{Curve{.steps = {1, kLast - 1, kLast},
                             .values = {value, -value, value},
                             .seconds = {0, kMost, kMost},
                             .trial = std::ssize(trials) + 1}}});
  }
  for (size_t i = 0; i < trials.size(); ++i) Stops(GetParam(), trials, i);
  EXPECT_FALSE(Stops(GetParam(), trials, 0));
}

TEST(StopperTest, RulesAreFoundByName) {
  const std::vector<std::string> names = StopperNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    EXPECT_NE(FindStopper(name), nullptr) << name;
  }
  EXPECT_NE(FindStopper("MEDIAN"), FindStopper("NONE"));
  EXPECT_NE(FindStopper(kDefaultStopper), nullptr);
  EXPECT_EQ(FindStopper("median"), nullptr);
}

}  // namespace
}  // namespace apogee
