#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/trial_run.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

std::string Switches(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: \"c", i,
                    "\" categorical_value_spec { values: 'a' values: 'b' } }");
  }
  return text;
}

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
  const SearchSpace space = MakeSpace(Switches(14));
  int found = 0;
  int found_at_random = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Pairs pairs(seed, 14);
    const double best = pairs.Best() - 1e-9;
    ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
    ASSERT_OK_AND_ASSIGN(const auto random,
                         MakeAlgorithm("RANDOM_SEARCH", space));
    if (Best(RunTrials(*bocs, seed, 120, pairs)) >= best) ++found;
    if (Best(RunTrials(*random, seed, 120, pairs)) >= best) ++found_at_random;
  }
  EXPECT_GE(found, 4);
  EXPECT_LE(found_at_random, 1);
}

TEST(BocsTest, LearnsSeveralCategories) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: \"c", i,
                    "\" categorical_value_spec { values: 'a' values: 'b' "
                    "values: 'c' values: 'd' } }");
  }
  const SearchSpace space = MakeSpace(text);
  const auto value = [](const Point& point) {
    double sum = 0;
    for (int i = 0; i < 8; ++i) sum += point[i] == (3 * i) % 4 ? 1 : 0;
    return std::vector<double>{sum};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  EXPECT_EQ(Best(RunTrials(*bocs, 1, 150, value)), 8);
}

TEST(BocsTest, ConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(absl::StrCat(Switches(8), R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec { values: "a" values: "b" }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "n"
          integer_value_spec { max_value: 9 }
        }
      }
    })pb"));
  const auto value = [&](const Point& point) {
    Point normalized = point;
    space.Normalize(normalized);
    EXPECT_EQ(Text(normalized), Text(point));
    return std::vector<double>{point[0] + point[1] * point[2] +
                               (IsActive(point[9]) ? 2 * point[9] : 1)};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  const Workers workers = {.count = 10, .infeasible = 0.3, .lost = 0.1};
  const auto finished = RunTrials(*bocs, 1, 200, value, workers);
  EXPECT_GT(finished.size(), 160);
  EXPECT_EQ(Best(finished), 4);
}

TEST(BocsTest, ConstraintsAreKept) {
  const SearchSpace space = MakeSpace(Switches(12));
  // As many as possible, but no more than 4 of the first 6.
  const auto value = [](const Point& point) {
    double all = 0;
    double first = 0;
    for (int i = 0; i < 12; ++i) {
      all += point[i];
      if (i < 6) first += point[i];
    }
    return std::vector<double>{all, -first};
  };
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space, "{}",
                                                      {{}, {.threshold = -4}}));
  double best = 0;
  for (const Observation& each : RunTrials(*bocs, 1, 150, value)) {
    if (each.metrics[1] >= -4) best = std::max(best, each.metrics[0]);
  }
  EXPECT_EQ(best, 10);
}

TEST(BocsTest, NoPointIsGivenTwiceWhileThereAreOthers) {
  const SearchSpace space = MakeSpace(Switches(8));
  ASSERT_OK_AND_ASSIGN(const auto bocs, MakeAlgorithm("BOCS", space));
  const Workers workers = {.count = 5, .infeasible = 0.2, .lost = 0.1};
  std::vector<std::string> points;
  for (const Observation& each :
       RunTrials(*bocs, 1, 100, Pairs(1, 8), workers)) {
    points.push_back(Text(each.point));
  }
  std::sort(points.begin(), points.end());
  EXPECT_EQ(std::unique(points.begin(), points.end()), points.end());
}

TEST(BocsTest, DoublesAreSearchedOnLevelsOrRefused) {
  const SearchSpace space = MakeSpace(absl::StrCat(
      Switches(2),
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
  EXPECT_OK(MakeAlgorithm("BOCS", MakeSpace(Switches(100))));
  EXPECT_THAT(MakeAlgorithm("BOCS", MakeSpace(Switches(400))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pairs")));
}

TEST(BocsTest, RebuiltFromTheTrialsItGoesOnTheSame) {
  const SearchSpace space = MakeSpace(Switches(12));
  ASSERT_OK_AND_ASSIGN(const auto bocs,
                       MakeAlgorithm("BOCS", space, R"({"max_trials": 40})"));
  const Workers workers = {.count = 10, .infeasible = 0.3, .lost = 0.05};
  const auto finished = RunTrials(*bocs, 1, 150, Pairs(1, 12), workers);
  ASSERT_OK_AND_ASSIGN(const auto rebuilt,
                       MakeAlgorithm("BOCS", space, R"({"max_trials": 40})"));
  ASSERT_OK(rebuilt->Observe(finished));
  EXPECT_EQ(Texts(Suggest(*rebuilt, 1, 5000, 5)),
            Texts(Suggest(*bocs, 1, 5000, 5)));
}

}  // namespace
}  // namespace apogee
