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

using testing::ElementsAre;

// The area that the safe trials dominate above the origin; two objectives, and
// other metrics that should be at least 0.
double Area(const std::vector<Observation>& finished) {
  std::vector<std::pair<double, double>> points;
  for (const Observation& each : finished) {
    if (each.IsFeasible() &&
        std::all_of(each.metrics.begin() + 2, each.metrics.end(),
                    [](double metric) { return metric >= 0; })) {
      points.emplace_back(each.metrics[0], each.metrics[1]);
    }
  }
  std::sort(points.rbegin(), points.rend());
  double area = 0;
  double height = 0;
  for (const auto& [x, y] : points) {
    if (x <= 0 || y <= height) continue;
    area += x * (y - height);
    height = y;
  }
  return area;
}

// ZDT1, turned upside down: its front is y = 1 - sqrt(1 - x).
std::vector<double> Zdt1(const Point& point) {
  double rest = 0;
  for (size_t i = 1; i < point.size(); ++i) rest += point[i];
  const double g = 1 + 9 * rest / static_cast<double>(point.size() - 1);
  return {1 - point[0], 1 - g * (1 - std::sqrt(point[0] / g))};
}

double MeanArea(const char* name, const SearchSpace& space,
                const std::vector<Goal>& goals, const SimulatedStudy& study,
                const Evaluate& evaluate) {
  double sum = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const auto algorithm = *MakeAlgorithm(name, space, "{}", goals);
    SimulatedStudy seeded = study;
    seeded.seed = seed;
    sum += Area(RunStudy(*algorithm, seeded, evaluate));
  }
  return sum / 3;
}

TEST(Nsga2Test, FindsTheFrontOfZdt1AloneAndWithManyWorkers) {
  const SearchSpace space = MakeSpace(DoubleSpecs(10));
  // The whole front has 2/3.
  EXPECT_LT(MeanArea("RANDOM_SEARCH", space, {{}, {}}, {.trials = 2000}, Zdt1),
            0.05);
  for (const int workers : {1, 40, 200}) {
    EXPECT_GT(
        MeanArea("NSGA2", space, {{}, {}},
                 {.trials = 2000, .workers = workers, .lost = 0.02}, Zdt1),
        0.5)
        << workers << " workers";
  }
}

TEST(Nsga2Test, FindsAFrontOfCategories) {
  // As many b as one likes at the front half or at the back half, in pairs.
  const SearchSpace space = MakeSpace(CategorySpecs(24, 2));
  const auto pairs = [](const Point& point) {
    std::vector<double> metrics = {0, 0};
    for (size_t i = 0; i + 1 < point.size(); ++i) {
      metrics[i % 2] += point[i] > point[i + 1] ? 1 : 0;
    }
    return metrics;
  };
  const double random =
      MeanArea("RANDOM_SEARCH", space, {{}, {}}, {.trials = 800}, pairs);
  EXPECT_GT(MeanArea("NSGA2", space, {{}, {}}, {.trials = 800}, pairs),
            1.25 * random);
}

TEST(Nsga2Test, StaysWithinTheLimitAndReachesIt) {
  // Without the limit both objectives are best at (1, 1); the safe front is
  // x + y = 1.
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  EXPECT_GT(MeanArea("NSGA2", space, {{}, {}, {0}}, {.trials = 800},
                     [](const Point& point) {
                       return std::vector<double>{point[0], point[1],
                                                  1 - point[0] - point[1]};
                     }),
            0.46);
}

// A study of NSGA2 with a population of four, by hand.
class GenerationTest : public testing::Test {
 protected:
  // Asks for so many points and returns their memos.
  std::vector<std::string> Ask(int count) {
    const Rng rng(1);
    std::vector<std::string> memos;
    const auto suggestions =
        algorithm_->Suggest({count, ordinal_, pending_, rng});
    EXPECT_OK(suggestions);
    for (const Suggestion& each : *suggestions) {
      pending_.push_back({++ordinal_, each.point, each.memo});
      memos.push_back(each.memo);
    }
    return memos;
  }

  // Ends the oldest trial but so many.
  void Finish(int count, std::ptrdiff_t but = 0) {
    for (int i = 0; i < count; ++i) {
      const auto trial = pending_.begin() + but;
      EXPECT_OK(algorithm_->Observe(
          {{trial->trial_id, trial->point, {1, 2}, trial->memo}}));
      pending_.erase(trial);
    }
  }

  SearchSpace space_ = MakeSpace(CategorySpecs(30, 2));
  std::unique_ptr<Algorithm> algorithm_ =
      *MakeAlgorithm("NSGA2", space_, R"({"population": 4})", {{}, {}});
  std::vector<Pending> pending_;
  int64_t ordinal_ = 0;
};

TEST_F(GenerationTest, OneByOneTheyFollowEachOther) {
  for (const char* generation : {"0", "1", "2"}) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_THAT(Ask(1), ElementsAre(generation));
      Finish(1);
    }
  }
}

TEST_F(GenerationTest, TheNextBeginsWhenAllOfOneAreGivenOut) {
  EXPECT_THAT(Ask(6), ElementsAre("0", "0", "0", "0", "1", "1"));
  Finish(4);
  EXPECT_THAT(Ask(3), ElementsAre("1", "1", "2"));
}

TEST_F(GenerationTest, LostTrialsOnlyShortenTheirOwn) {
  Ask(4);
  Finish(2, 2);
  // Two are lost; two of the next are needed to end it.
  EXPECT_THAT(Ask(2), ElementsAre("1", "1"));
  Finish(2, 2);
  EXPECT_THAT(Ask(5), ElementsAre("1", "1", "1", "1", "2"));
}

TEST_F(GenerationTest, MemosFromElsewhereCountForNone) {
  for (const char* memo : {"", "x", "-1", "99999999999999999999", "7"}) {
    pending_.push_back({100, Point(30, 0), memo});
  }
  EXPECT_THAT(Ask(5), ElementsAre("0", "0", "0", "0", "1"));
}

TEST_F(GenerationTest, ParentsAreWhoSurvivedSoFar) {
  // Nothing is known yet: at random.
  Ask(5);
  EXPECT_GT(std::count(pending_[4].point.begin(), pending_[4].point.end(), 1),
            5);
  ASSERT_OK(algorithm_->Observe({{1, Point(30, 0), {1, 2}, "0"}}));
  pending_.erase(pending_.begin());
  Ask(1);
  EXPECT_LE(std::count(pending_[4].point.begin(), pending_[4].point.end(), 1),
            4);
}

TEST(Nsga2Test, ThePopulationGrowsWithTheBudget) {
  const SearchSpace space = MakeSpace(CategorySpecs(10, 2));
  const auto first_generation = [&](const char* options, int64_t budget) {
    const auto algorithm =
        *MakeAlgorithm("NSGA2", space, options, {{}, {}}, budget);
    const Rng rng(1);
    const auto suggestions = *algorithm->Suggest({200, 0, {}, rng});
    return std::count_if(
        suggestions.begin(), suggestions.end(),
        [](const Suggestion& each) { return each.memo == "0"; });
  };
  EXPECT_EQ(first_generation("{}", 0), 40);
  EXPECT_EQ(first_generation("{}", 50), 20);
  EXPECT_EQ(first_generation("{}", 700), 70);
  EXPECT_EQ(first_generation("{}", 100'000), 100);
  EXPECT_EQ(first_generation(R"({"population": 7})", 700), 7);
}

}  // namespace
}  // namespace apogee
