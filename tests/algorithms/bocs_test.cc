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

using testing::HasSubstr;

// Each switch has an effect, and one on each of its neighbours; drawn anew for
// each seed.
class Pairs {
 public:
  Pairs(uint64_t seed, int count) : count_(count) {
    RandomStream random = Rng(seed).Fork(7).At(0);
    for (int i = 0; i < 2 * count; ++i) effects_.push_back(random.Normal());
  }

  std::vector<double> operator()(const Point& point) const {
    double sum = 0;
    for (int i = 0; i < count_; ++i) {
      const double sign = 2 * point[i] - 1;
      sum += effects_[i] * sign;
      if (i > 0) sum += effects_[count_ + i] * sign * (2 * point[i - 1] - 1);
    }
    return {sum};
  }

  // Over all points.
  double Best() const {
    double best = -1e300;
    Point point(count_);
    for (int64_t number = 0; number < int64_t{1} << count_; ++number) {
      for (int i = 0; i < count_; ++i) {
        point[i] = static_cast<double>(number >> i & 1);
      }
      best = std::max(best, (*this)(point)[0]);
    }
    return best;
  }

 private:
  int count_;
  std::vector<double> effects_;
};

TEST(BocsTest, FindsTheBestOfSwitchesThatActInPairs) {
  const SearchSpace space = MakeSpace(CategorySpecs(14, 2));
  int found = 0;
  int found_at_random = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Pairs pairs(seed, 14);
    const double best = pairs.Best() - 1e-9;
    ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
    ASSERT_OK_AND_ASSIGN(const auto random,
                         MakeAlgorithm("RANDOM_SEARCH", space));
    const SimulatedStudy study = {.trials = 120, .seed = seed};
    if (BestSafe(RunStudy(*bocs, study, pairs)) >= best) ++found;
    if (BestSafe(RunStudy(*random, study, pairs)) >= best) ++found_at_random;
  }
  EXPECT_GE(found, 4);
  EXPECT_LE(found_at_random, 1);
}

TEST(BocsTest, LearnsSeveralCategories) {
  const SearchSpace space = MakeSpace(CategorySpecs(8, 4));
  const auto value = [](const Point& point) {
    double sum = 0;
    for (int i = 0; i < 8; ++i) sum += point[i] == (3 * i) % 4 ? 1 : 0;
    return std::vector<double>{sum};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  EXPECT_EQ(BestSafe(RunStudy(*bocs, {.trials = 150}, value)), 8);
}

TEST(BocsTest, ConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(CategorySpecs(8, 2) + kConditionalSpecs);
  const auto value = [&](const Point& point) {
    return std::vector<double>{point[0] + point[1] * point[2] +
                               (IsActive(point[9]) ? 2 * point[9] : 1)};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  const SimulatedStudy study = {
      .trials = 170, .workers = 10, .infeasible = 0.3, .lost = 0.1};
  EXPECT_EQ(BestSafe(RunStudy(*bocs, study, value)), 4);
}

TEST(BocsTest, ConstraintsAreKept) {
  const SearchSpace space = MakeSpace(CategorySpecs(12, 2));
  // As many as possible, but no more than 4 of the first 6.
  const auto value = [](const Point& point) {
    double all = 0;
    double first = 0;
    for (int i = 0; i < 12; ++i) {
      all += point[i];
      if (i < 6) first += point[i];
    }
    return std::vector<double>{all, 4 - first};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs,
                       MakeAlgorithm("BOCS", space, "{}", {{}, {0}}));
  EXPECT_EQ(BestSafe(RunStudy(*bocs, {.trials = 150}, value)), 10);
}

TEST(BocsTest, NoPointIsGivenTwiceWhileThereAreOthers) {
  const SearchSpace space = MakeSpace(CategorySpecs(8, 2));
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  const SimulatedStudy study = {
      .trials = 100, .workers = 5, .infeasible = 0.2, .lost = 0.1};
  std::vector<std::string> points;
  for (const Observation& each : RunStudy(*bocs, study, Pairs(1, 8))) {
    points.push_back(Text(each.point));
  }
  std::sort(points.begin(), points.end());
  EXPECT_EQ(std::unique(points.begin(), points.end()), points.end());
}

TEST(BocsTest, DoublesAreSearchedOnLevelsOrRefused) {
  const SearchSpace space = MakeSpace(absl::StrCat(
      CategorySpecs(2, 2),
      "parameters { parameter_id: 'x' double_value_spec { max_value: 1 } }"));
  EXPECT_THAT(
      MakeAlgorithm("BOCS", space, R"({"levels": 0})"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               testing::AllOf(HasSubstr("\"x\""), HasSubstr("levels"))));
  ASSERT_OK_AND_ASSIGN(const auto bocs,
                       MakeAlgorithm("BOCS", space, R"({"levels": 4})"));
  for (const Point& point : Suggest(*bocs, 1, 0, 20)) {
    const double eighths = 8 * point[2];
    EXPECT_EQ(eighths, std::round(eighths));
    EXPECT_EQ(static_cast<int>(eighths) % 2, 1);
  }
}

TEST(BocsTest, TooManyPairsAreRefused) {
  EXPECT_OK(MakeAlgorithm("BOCS", MakeSpace(CategorySpecs(100, 2))));
  EXPECT_THAT(MakeAlgorithm("BOCS", MakeSpace(CategorySpecs(400, 2))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pairs")));
}

TEST(BocsTest, RebuiltFromTheTrialsItGoesOnTheSame) {
  const SearchSpace space = MakeSpace(CategorySpecs(12, 2));
  ASSERT_OK_AND_ASSIGN(const auto bocs,
                       MakeAlgorithm("BOCS", space, R"({"max_trials": 40})"));
  const SimulatedStudy study = {
      .trials = 140, .workers = 10, .infeasible = 0.3, .lost = 0.05};
  const auto finished = RunStudy(*bocs, study, Pairs(1, 12));
  ASSERT_OK_AND_ASSIGN(const auto rebuilt,
                       MakeAlgorithm("BOCS", space, R"({"max_trials": 40})"));
  ASSERT_OK(rebuilt->Observe(finished));
  EXPECT_EQ(Texts(Suggest(*rebuilt, 1, 5000, 5)),
            Texts(Suggest(*bocs, 1, 5000, 5)));
}

}  // namespace
}  // namespace apogee
