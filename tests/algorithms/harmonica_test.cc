#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// 40 switches that matter one by one or in groups of two or three; 30 at best.
std::vector<double> Sparse(const Point& point) {
  const auto sign = [&](int i) { return 2 * point[i] - 1; };
  return {5 * sign(3) - 4 * sign(8) * sign(21) +
          3 * sign(0) * sign(30) * sign(39) + 3 * sign(12) * sign(13) +
          2.5 * sign(25) * sign(26) + 2 * sign(33) - 2 * sign(17) * sign(18) +
          2 * sign(5) - 2 * sign(10) * sign(11) +
          1.5 * sign(1) * sign(2) * sign(4) - 1.5 * sign(36) +
          1.5 * sign(6) * sign(7)};
}

TEST(HarmonicaTest, FindsTheFewSwitchesThatMatter) {
  const SearchSpace space = MakeSpace(CategorySpecs(40, 2));
  double harmonica_sum = 0;
  double random_sum = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    ASSERT_OK_AND_ASSIGN(
        const auto harmonica,
        MakeAlgorithm("HARMONICA", space, R"({"final_stage": "random"})"));
    ASSERT_OK_AND_ASSIGN(const auto random,
                         MakeAlgorithm("RANDOM_SEARCH", space));
    // The stages take 360 trials; the mean of those after them shows what was
    // fixed, where the mean of random points is 0.
    double sum = 0;
    const auto finished =
        RunStudy(*harmonica, {.trials = 400, .seed = seed}, Sparse);
    for (size_t i = 380; i < 400; ++i) sum += finished[i].metrics[0];
    harmonica_sum += sum / 20;
    random_sum +=
        BestSafe(RunStudy(*random, {.trials = 400, .seed = seed}, Sparse));
  }
  EXPECT_GT(harmonica_sum / 5, random_sum / 5);
  EXPECT_GT(harmonica_sum / 5, 25);
}

TEST(HarmonicaTest, FixesOneOfSeveralCategoriesAndHalvesOfNumbers) {
  const SearchSpace space =
      MakeSpace(absl::StrCat(CategorySpecs(6, 4),
                             "parameters { parameter_id: 'x' "
                             "double_value_spec { max_value: 1 } }"));
  const auto value = [](const Point& point) {
    return std::vector<double>{(point[1] == 2 ? 3.0 : 0.0) +
                               (point[4] == 0 ? 3.0 : 0.0) - 4 * point[6]};
  };
  ASSERT_OK_AND_ASSIGN(
      const auto harmonica,
      MakeAlgorithm("HARMONICA", space,
                    R"({"final_stage": "random", "stage_trials": 100})"));
  RunStudy(*harmonica, {.trials = 300}, value);
  for (const Point& point : Suggest(*harmonica, 1, 300, 50)) {
    EXPECT_EQ(point[1], 2);
    EXPECT_EQ(point[4], 0);
    EXPECT_LE(point[6], 0.25);
  }
}

TEST(HarmonicaTest, TheLastStageImprovesTheBestPointEvenOutsideTheRegion) {
  const SearchSpace space = MakeSpace(CategorySpecs(20, 2));
  const auto sum = [](const Point& point) {
    double total = 0;
    for (const double x : point) total += x;
    return std::vector<double>{total};
  };
  ASSERT_OK_AND_ASSIGN(const auto harmonica, MakeAlgorithm("HARMONICA", space));
  EXPECT_EQ(BestSafe(RunStudy(*harmonica, {.trials = 500}, sum)), 20);
}

TEST(HarmonicaTest, ConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(CategorySpecs(8, 2) + kConditionalSpecs);
  const auto value = [&](const Point& point) {
    return std::vector<double>{point[0] + point[1] +
                               (IsActive(point[9]) ? 2 * point[9] : 1)};
  };
  double sum = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    ASSERT_OK_AND_ASSIGN(const auto harmonica,
                         MakeAlgorithm("HARMONICA", space));
    const SimulatedStudy study = {.trials = 300,
                                  .workers = 10,
                                  .infeasible = 0.3,
                                  .lost = 0.1,
                                  .seed = seed};
    sum += BestSafe(RunStudy(*harmonica, study, value));
  }
  EXPECT_GT(sum / 5, 3.6);
}

TEST(HarmonicaTest, ConstraintsAreKept) {
  const SearchSpace space = MakeSpace(CategorySpecs(16, 2));
  // As many as possible, but no more than 5 of the first 8.
  const auto value = [](const Point& point) {
    double all = 0;
    double first = 0;
    for (int i = 0; i < 16; ++i) {
      all += point[i];
      if (i < 8) first += point[i];
    }
    return std::vector<double>{all, 5 - first};
  };
  ASSERT_OK_AND_ASSIGN(const auto harmonica,
                       MakeAlgorithm("HARMONICA", space, "{}", {{}, {0}}));
  EXPECT_EQ(BestSafe(RunStudy(*harmonica, {.trials = 400}, value)), 13);
}

TEST(HarmonicaTest, NoPointIsGivenTwiceWhileOthersAreLikely) {
  const SearchSpace space = MakeSpace(CategorySpecs(12, 2));
  ASSERT_OK_AND_ASSIGN(const auto harmonica, MakeAlgorithm("HARMONICA", space));
  const auto value = [](const Point& point) {
    return std::vector<double>{point[0] - point[5] + point[11]};
  };
  std::vector<std::string> points;
  for (const Observation& each : RunStudy(*harmonica, {.trials = 200}, value)) {
    points.push_back(Text(each.point));
  }
  std::sort(points.begin(), points.end());
  EXPECT_EQ(std::unique(points.begin(), points.end()), points.end());
}

TEST(HarmonicaTest, StagesShareTheBudget) {
  const SearchSpace space = MakeSpace(CategorySpecs(40, 2));
  const auto value = [](const Point& point) {
    return std::vector<double>{point[3]};
  };
  // Whether the switch that matters is fixed after so many trials.
  const auto is_fixed = [&](int64_t budget, int trials) {
    auto harmonica = *MakeAlgorithm("HARMONICA", space, "{}", {{}}, budget);
    RunStudy(*harmonica, {.trials = trials}, value);
    const std::vector<Point> points = Suggest(*harmonica, 1, 1000, 20);
    return std::all_of(points.begin(), points.end(),
                       [](const Point& point) { return point[3] == 1; });
  };
  // Three stages and what follows: 40 each, instead of 120.
  EXPECT_FALSE(is_fixed(160, 39));
  EXPECT_TRUE(is_fixed(160, 40));
  EXPECT_FALSE(is_fixed(0, 119));
  EXPECT_TRUE(is_fixed(0, 120));
}

TEST(HarmonicaTest, RebuiltFromTheTrialsItGoesOnTheSame) {
  const SearchSpace space = MakeSpace(CategorySpecs(40, 2));
  for (const int trials : {100, 200, 500}) {
    ASSERT_OK_AND_ASSIGN(const auto run, MakeAlgorithm("HARMONICA", space));
    const SimulatedStudy study = {
        .trials = trials, .workers = 10, .infeasible = 0.3, .lost = 0.05};
    const auto finished = RunStudy(*run, study, Sparse);
    ASSERT_OK_AND_ASSIGN(const auto rebuilt, MakeAlgorithm("HARMONICA", space));
    ASSERT_OK(rebuilt->Observe(finished));
    EXPECT_EQ(Texts(Suggest(*rebuilt, 1, 5000, 5)),
              Texts(Suggest(*run, 1, 5000, 5)));
  }
}

}  // namespace
}  // namespace apogee
