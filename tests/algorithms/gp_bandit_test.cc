#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/linear_constraint.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

constexpr char kName[] = "GAUSSIAN_PROCESS_BANDIT";

std::string Doubles(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'x", i,
                    "' double_value_spec { max_value: 1 } }");
  }
  return text;
}

// A bent valley with its top, 0, at 0.7 in all coordinates.
std::vector<double> Valley(const Point& point) {
  double sum = 0;
  for (size_t i = 0; i + 1 < point.size(); ++i) {
    const double x = 4 * point[i] - 1.8;
    const double y = 4 * point[i + 1] - 1.8;
    sum += 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x);
  }
  return {-sum};
}

double MeanBest(const std::string& name, const SearchSpace& space, int trials) {
  double sum = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const auto algorithm = *MakeAlgorithm(name, space);
    sum += BestSafe(
        RunStudy(*algorithm, {.trials = trials, .seed = seed}, Valley));
  }
  return sum / 3;
}

TEST(GpBanditTest, FindsInFortyTrialsWhatOthersMissInHundreds) {
  const SearchSpace space = MakeSpace(Doubles(4));
  const double best = MeanBest(kName, space, 40);
  EXPECT_GT(best, MeanBest("RANDOM_SEARCH", space, 400));
  EXPECT_GT(best, MeanBest("QUASI_RANDOM_SEARCH", space, 400));
  EXPECT_GT(best, MeanBest("CMA_ES", space, 80));
}

TEST(GpBanditTest, SmoothFunctionsAreClimbedToTheTop) {
  const SearchSpace space = MakeSpace(Doubles(3));
  const auto square = [](const Point& point) {
    double sum = 0;
    for (const double x : point) sum -= (x - 0.3) * (x - 0.3);
    return std::vector<double>{sum};
  };
  const auto algorithm = *MakeAlgorithm(kName, space);
  EXPECT_GT(BestSafe(RunStudy(*algorithm, {.trials = 40}, square)), -1e-6);
}

// What keeps a process that was killed in step with one that was not: models
// are the same however the trials came.
TEST(GpBanditTest, RebuiltIsTheSameBetweenFitsToo) {
  const SearchSpace space = MakeSpace(Doubles(2));
  const std::string options = R"({"candidates": 100, "max_trials": 40})";
  const auto grown = *MakeAlgorithm(kName, space, options);
  std::vector<Observation> finished;
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < 70; ++i) {
    const Point point = {random.Uniform(), random.Uniform()};
    finished.push_back({i + 1, point, Valley(point), ""});
    ASSERT_OK(grown->Observe({finished.back()}));
    const auto rebuilt = *MakeAlgorithm(kName, space, options);
    ASSERT_OK(rebuilt->Observe(finished));
    ASSERT_EQ(Texts(Suggest(*rebuilt, 7, i, 1)),
              Texts(Suggest(*grown, 7, i, 1)));
  }
}

TEST(GpBanditTest, MixedConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(absl::StrCat(Doubles(2), R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec { values: "a" values: "b" values: "c" }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "n"
          integer_value_spec { max_value: 9 }
        }
      }
    })pb"));
  // Best: kind b, n 7, both numbers at 0.6.
  const auto value = [](const Point& point) {
    return std::vector<double>{
        -std::pow(point[0] - 0.6, 2) - std::pow(point[1] - 0.6, 2) -
        (IsActive(point[3]) ? std::pow(point[3] - 7.0 / 9, 2) : 0.3)};
  };
  const auto algorithm = *MakeAlgorithm(kName, space);
  const auto finished = RunStudy(
      *algorithm, {.trials = 80, .workers = 4, .infeasible = 0.2, .lost = 0.1},
      value);
  EXPECT_GT(BestSafe(finished), -1e-3);
}

TEST(GpBanditTest, SearchesWithinLinearConstraints) {
  ASSERT_OK_AND_ASSIGN(const LinearConstraint sum,
                       ParseLinearConstraint("x0 + x1 + x2 = 1"));
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       SearchSpace::Create(ParseSpecs(Doubles(3)), {sum}));
  // Best: 0.2, 0.3, 0.5.
  const auto value = [&](const Point& point) {
    EXPECT_TRUE(space.KeepsConstraints(point));
    return std::vector<double>{-std::pow(point[0] - 0.2, 2) -
                               std::pow(point[1] - 0.3, 2)};
  };
  const auto algorithm = *MakeAlgorithm(kName, space);
  EXPECT_GT(BestSafe(RunStudy(*algorithm, {.trials = 40}, value)), -1e-4);
}

// Half of the space fails, the best is at the edge of it.
TEST(GpBanditTest, LearnsWhereTrialsFail) {
  const SearchSpace space = MakeSpace(Doubles(3));
  const auto value = [](const Point& point) {
    if (point[0] + point[1] > 1) return std::vector<double>();
    return std::vector<double>{point[0] + point[1] -
                               std::pow(point[2] - 0.3, 2)};
  };
  const auto algorithm = *MakeAlgorithm(kName, space);
  EXPECT_GT(BestSafe(RunStudy(*algorithm, {.trials = 60}, value)), 0.97);
}

TEST(GpBanditTest, FindsTheBestThatKeepsAConstraint) {
  const SearchSpace space = MakeSpace(Doubles(2));
  // As far up as the circle around the origin allows: 0.8 / sqrt(2) each.
  const auto value = [](const Point& point) {
    return std::vector<double>{
        point[0] + point[1], 0.64 - point[0] * point[0] - point[1] * point[1]};
  };
  const auto algorithm =
      *MakeAlgorithm(kName, space, "{}", {Goal(), {.threshold = 0}});
  const double best =
      BestSafe(RunStudy(*algorithm, {.trials = 40, .workers = 2}, value));
  EXPECT_GT(best, 0.8 * M_SQRT2 - 0.01);
}

// As above, but what is outside of the circle measures a million.
TEST(GpBanditTest, EnormousObjectivesOfBrokenConstraintsBlindNobody) {
  const SearchSpace space = MakeSpace(Doubles(2));
  const auto value = [](const Point& point) {
    const double room = 0.64 - point[0] * point[0] - point[1] * point[1];
    return std::vector<double>{room < 0 ? 1e6 : point[0] + point[1], room};
  };
  for (const char* name : {kName, "GP_UCB_PE"}) {
    const auto algorithm =
        *MakeAlgorithm(name, space, "{}", {Goal(), {.threshold = 0}});
    const double best =
        BestSafe(RunStudy(*algorithm, {.trials = 40, .workers = 2}, value));
    EXPECT_GT(best, 0.8 * M_SQRT2 - 0.01) << name;
  }
}

TEST(GpBanditTest, AveragesNoise) {
  const SearchSpace space = MakeSpace(Doubles(2));
  RandomStream random = Rng(1).At(0);
  const auto value = [&random](const Point& point) {
    return std::vector<double>{-std::pow(point[0] - 0.3, 2) -
                               std::pow(point[1] - 0.6, 2) +
                               0.05 * random.Normal()};
  };
  const auto algorithm = *MakeAlgorithm(kName, space);
  const auto finished = RunStudy(*algorithm, {.trials = 80}, value);
  // The last trials are where the top really is.
  double sum = 0;
  for (size_t i = finished.size() - 20; i < finished.size(); ++i) {
    sum += std::hypot(finished[i].point[0] - 0.3, finished[i].point[1] - 0.6);
  }
  EXPECT_LT(sum / 20, 0.15);
}

}  // namespace
}  // namespace apogee
