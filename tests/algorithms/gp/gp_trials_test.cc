#include "algorithms/gp/gp_trials.h"

#include <set>

#include "base/rng.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// A trial whose place is its number.
Observation Trial(int64_t number, std::vector<double> metrics) {
  return {number, {static_cast<double>(number)}, std::move(metrics), ""};
}

std::vector<double> Numbers(const GpTrials& trials) {
  std::vector<double> numbers;
  for (const GpTrials::Trial& each : trials.trials()) {
    numbers.push_back(each.point[0]);
  }
  return numbers;
}

TEST(GpTrialsTest, FitsOftenAtFirstAndEverLessLater) {
  GpTrials trials({Goal()}, 1000);
  std::vector<int64_t> fits;
  for (int64_t i = 1; i <= 2000; ++i) {
    trials.Add(Trial(i, {0}));
    if (trials.count_at_fit() == i) fits.push_back(i);
  }
  ASSERT_GT(fits.size(), 40);
  for (size_t i = 0; i < 30; ++i) EXPECT_EQ(fits[i], i + 1);
  for (size_t i = 30; i < fits.size(); ++i) {
    EXPECT_LE(fits[i] - fits[i - 1], 0.1 * static_cast<double>(fits[i]));
    EXPECT_GE(fits[i] - fits[i - 1], 0.05 * static_cast<double>(fits[i]));
  }
  EXPECT_THAT(trials.trials(), SizeIs(testing::Le(1100)));
}

TEST(GpTrialsTest, FitsAtTheFirstInfeasibleTrial) {
  GpTrials trials({Goal()}, 1000);
  for (int64_t i = 1; i <= 100; ++i) trials.Add(Trial(i, {0}));
  const int64_t before = trials.count_at_fit();
  ASSERT_LT(before, 101);
  trials.Add(Trial(101, {}));
  EXPECT_EQ(trials.count_at_fit(), 101);
  trials.Add(Trial(102, {}));
  EXPECT_EQ(trials.count_at_fit(), 101);
}

TEST(GpTrialsTest, NoObjectiveOfABrokenConstraintIsAboveTheBest) {
  GpTrials trials({Goal(), {.threshold = 0}}, 1000);
  trials.Add(Trial(1, {1, 1}));
  trials.Add(Trial(2, {2, 1}));
  trials.Add(Trial(3, {3, 1}));
  const Eigen::MatrixXd safe = trials.Labels(3);
  trials.Add(Trial(4, {1e6, -1}));
  trials.Add(Trial(5, {3, -1}));
  const Eigen::MatrixXd labels = trials.Labels(5);
  EXPECT_EQ(labels(0, 3), labels(0, 2));
  EXPECT_EQ(labels(0, 4), labels(0, 2));
  // The safe ones are as far apart as objectives of their size are.
  EXPECT_GT(labels(0, 2) - labels(0, 1), 0.2 * (safe(0, 2) - safe(0, 1)));
  // A constraint counts as it is.
  EXPECT_LT(labels(1, 3), 0);
}

TEST(GpTrialsTest, KeepsTheBestAndTheLatest) {
  GpTrials trials({Goal()}, 10);
  // Good ones at the start, an infeasible one among them, then bad ones.
  for (int64_t i = 1; i <= 30; ++i) {
    if (i == 3) {
      trials.Add(Trial(i, {}));
    } else {
      trials.Add(Trial(i, {i <= 6 ? 100.0 + static_cast<double>(i) : 0}));
    }
  }
  EXPECT_THAT(Numbers(trials), ElementsAre(1, 2, 4, 5, 6, 26, 27, 28, 29, 30));
}

TEST(GpTrialsTest, BestOfSeveralObjectivesIsTheFront) {
  GpTrials trials({Goal(), Goal()}, 100);
  trials.Add(Trial(1, {0, 0}));
  trials.Add(Trial(2, {3, 1}));
  trials.Add(Trial(3, {}));
  trials.Add(Trial(4, {1, 3}));
  trials.Add(Trial(5, {0, 1}));
  const std::vector<size_t> best = trials.Best(2, 5);
  EXPECT_EQ(std::set<size_t>(best.begin(), best.end()),
            (std::set<size_t>{1, 3}));
  EXPECT_THAT(trials.Best(9, 5), SizeIs(4));
}

TEST(GpTrialsTest, WhatIsSaidOfTheFirstTrialsDoesNotChange) {
  GpTrials trials({Goal(), {.threshold = 0.5}}, 1000);
  RandomStream random = Rng(1).At(0);
  for (int64_t i = 0; i < 50; ++i) {
    trials.Add(Trial(i, {random.Normal(), random.Normal()}));
  }
  const Eigen::MatrixXd labels = trials.Labels(50);
  const std::vector<size_t> telling = trials.Telling(20, 50);
  EXPECT_THAT(telling, SizeIs(20));
  EXPECT_EQ(std::set<size_t>(telling.begin(), telling.end()).size(), 20);
  for (int64_t i = 0; i < 50; ++i) trials.Add(Trial(i, {100, 100}));
  EXPECT_EQ(trials.Labels(50), labels);
  EXPECT_EQ(trials.Telling(20, 50), telling);
}

}  // namespace
}  // namespace apogee
