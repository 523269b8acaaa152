#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

std::string Mixed(int count) {
  std::string text = DoubleSpecs(count);
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: \"n", i,
                    "\" integer_value_spec { max_value: 20 } }");
    absl::StrAppend(&text, "parameters { parameter_id: \"c", i,
                    "\" categorical_value_spec { values: \"a\" values: \"b\" "
                    "values: \"c\" } }");
  }
  return text;
}

// A narrow valley along no coordinate, best at (0.3, ..., 0.3).
std::vector<double> Valley(const Point& point) {
  double sum = 0;
  for (size_t i = 0; i + 1 < point.size(); ++i) {
    const double a = point[i] - 0.3;
    const double b = point[i + 1] - 0.3;
    sum += 1e4 * (a - b) * (a - b) + a * a + b * b;
  }
  return {-sum};
}

std::vector<std::string> NextPoints(const Algorithm& algorithm) {
  return Texts(Suggest(algorithm, 1, 5000, 5));
}

TEST(CmaEsTest, ConvergesInANarrowValley) {
  const SearchSpace space = MakeSpace(DoubleSpecs(5));
  for (uint64_t seed = 0; seed < 3; ++seed) {
    ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
    ASSERT_OK_AND_ASSIGN(const auto random,
                         MakeAlgorithm("RANDOM_SEARCH", space));
    const SimulatedStudy study = {.trials = 2000, .seed = seed};
    EXPECT_GT(BestSafe(RunStudy(*cma, study, Valley)), -1e-8);
    EXPECT_LT(BestSafe(RunStudy(*random, study, Valley)), -1);
  }
}

TEST(CmaEsTest, ConvergesAtTheBorder) {
  const SearchSpace space = MakeSpace(DoubleSpecs(5));
  ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
  const auto slope = [](const Point& point) {
    return std::vector<double>{point[0] - point[1] + point[2] - point[3] +
                               point[4]};
  };
  EXPECT_GT(BestSafe(RunStudy(*cma, {.trials = 1000}, slope)), 3 - 1e-8);
}

TEST(CmaEsTest, FindsIntegersAndCategoriesAlongWithDoubles) {
  const SearchSpace space = MakeSpace(Mixed(4));
  const auto value = [](const Point& point) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
      sum += std::pow(100, i) * std::pow(point[i] - 0.7, 2);
      sum += std::abs(std::round(20 * point[4 + 2 * i]) - 3 * i);
      sum += point[5 + 2 * i] == i % 3 ? 0 : 1;
    }
    return std::vector<double>{-sum};
  };
  for (uint64_t seed = 0; seed < 3; ++seed) {
    ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
    EXPECT_GT(BestSafe(RunStudy(*cma, {.trials = 3000, .seed = seed}, value)),
              -1e-6);
  }
}

TEST(CmaEsTest, RestartsLeaveLocalOptima) {
  const SearchSpace space = MakeSpace(DoubleSpecs(3));
  const auto rastrigin = [](const Point& point) {
    double sum = 0;
    for (const double x : point) {
      const double z = 10 * (x - 0.62);
      sum += z * z + 10 - 10 * std::cos(2 * M_PI * z);
    }
    return std::vector<double>{-sum};
  };
  const auto found = [&](absl::string_view options, int trials) {
    int count = 0;
    for (uint64_t seed = 0; seed < 5; ++seed) {
      auto cma = *MakeAlgorithm("CMA_ES", space, options);
      const SimulatedStudy study = {.trials = trials, .seed = seed};
      if (BestSafe(RunStudy(*cma, study, rastrigin)) > -1e-6) ++count;
    }
    return count;
  };
  EXPECT_EQ(found("{}", 30'000), 5);
  EXPECT_EQ(found(R"({"restarts": "ipop"})", 8'000), 5);
  EXPECT_LT(found(R"({"restarts": "none"})", 30'000), 5);
}

TEST(CmaEsTest, ConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec { values: "a" values: "b" }
      conditional_parameter_specs {
        parent_categorical_values { values: "a" }
        parameter_spec {
          parameter_id: "x"
          double_value_spec { max_value: 1 }
        }
      }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "y"
          double_value_spec { max_value: 1 }
        }
      }
    }
    parameters {
      parameter_id: "n"
      integer_value_spec { max_value: 30 }
    })pb");
  const auto value = [](const Point& point) {
    const double own = IsActive(point[1]) ? std::abs(point[1] - 0.1)
                                          : 0.5 + std::abs(point[2] - 0.8);
    return std::vector<double>{-own - std::abs(point[3] - 0.9)};
  };
  ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
  const SimulatedStudy study = {
      .trials = 1800, .workers = 10, .infeasible = 0.3, .lost = 0.1};
  EXPECT_GT(BestSafe(RunStudy(*cma, study, value)), -1e-4);
}

TEST(CmaEsTest, ConstraintsAreKept) {
  const SearchSpace space = MakeSpace(DoubleSpecs(4));
  // The largest sum within a ball around the origin: 1 at all 0.5.
  const auto value = [](const Point& point) {
    double sum = 0;
    double squares = 0;
    for (const double x : point) {
      sum += x;
      squares += x * x;
    }
    return std::vector<double>{sum, 1 - squares};
  };
  ASSERT_OK_AND_ASSIGN(const auto cma,
                       MakeAlgorithm("CMA_ES", space, "{}", {{}, {0}}));
  EXPECT_GT(BestSafe(RunStudy(*cma, {.trials = 2000}, value)), 1.999);
}

// One generation of 8 in a space of 4 doubles.
class CmaEsGenerationTest : public testing::Test {
 protected:
  CmaEsGenerationTest() : space_(MakeSpace(DoubleSpecs(4))) {}

  std::unique_ptr<Algorithm> Make(absl::string_view options = "{}") const {
    return *MakeAlgorithm("CMA_ES", space_, options);
  }

  // `count` answered trials of the first generation.
  std::vector<Observation> Answers(int count) const {
    const Rng rng(1);
    std::vector<Observation> answers;
    const auto suggestions = Make()->Suggest({count, 0, {}, rng});
    for (const Suggestion& each : *suggestions) {
      answers.push_back({static_cast<int64_t>(answers.size()) + 1, each.point,
                         Valley(each.point), each.memo});
    }
    return answers;
  }

  SearchSpace space_;
};

TEST_F(CmaEsGenerationTest, EndsWithAnyEightAnswers) {
  const std::vector<Observation> answers = Answers(20);
  const auto cma = Make();
  const std::vector<std::string> first = NextPoints(*cma);
  ASSERT_OK(cma->Observe(absl::MakeConstSpan(answers).last(7)));
  EXPECT_EQ(NextPoints(*cma), first);
  ASSERT_OK(cma->Observe({&answers[5], 1}));
  EXPECT_NE(NextPoints(*cma), first);
}

TEST_F(CmaEsGenerationTest, IsClosedToLateAnswers) {
  const std::vector<Observation> answers = Answers(20);
  const auto cma = Make();
  ASSERT_OK(cma->Observe(absl::MakeConstSpan(answers).first(8)));
  const std::vector<std::string> second = NextPoints(*cma);
  ASSERT_OK(cma->Observe(absl::MakeConstSpan(answers).subspan(8)));
  EXPECT_EQ(NextPoints(*cma), second);
}

TEST_F(CmaEsGenerationTest, IsNotEndedByTrialsFromElsewhere) {
  const auto cma = Make();
  const std::vector<std::string> first = NextPoints(*cma);
  for (const std::string memo : {"", "x", "0 0", "0 0 0 0", "-1 0 0", "1 0 0",
                                 "1e99 0 0", "99999999999999999999 0 0"}) {
    for (int i = 0; i < 8; ++i) {
      ASSERT_OK(cma->Observe({{i + 1, {0, 0, 1, 1}, {0.1 * i}, memo}}));
    }
    EXPECT_EQ(NextPoints(*cma), first) << memo;
  }
}

// The worker may have changed parameters: what was tried is what counts.
TEST_F(CmaEsGenerationTest, LearnsThePointThatWasTried) {
  std::vector<Observation> answers = Answers(8);
  for (Observation& each : answers) {
    each.point[0] = 0.9;
    each.metrics = Valley(each.point);
  }
  const auto cma = Make();
  ASSERT_OK(cma->Observe(answers));
  double sum = 0;
  for (const Point& point : Suggest(*cma, 1, 100, 100)) sum += point[0];
  EXPECT_GT(sum / 100, 0.75);
}

TEST_F(CmaEsGenerationTest, OfEqualsMakesStepsLonger) {
  std::vector<Observation> answers = Answers(8);
  for (Observation& each : answers) each.metrics = {};
  const auto spread = [](const Algorithm& algorithm) {
    double sum = 0;
    for (const Point& point : Suggest(algorithm, 1, 100, 50)) {
      for (const double x : point) sum += std::abs(x - 0.5);
    }
    return sum;
  };
  const auto cma = Make();
  const double before = spread(*cma);
  ASSERT_OK(cma->Observe(answers));
  EXPECT_GT(spread(*cma), 1.1 * before);
}

TEST(CmaEsOptionsTest, StartsAroundTheDefaultsWithTheInitialStep) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec {
        min_value: -10
        max_value: 10
        default_value { value: 6 }
      }
    })pb");
  ASSERT_OK_AND_ASSIGN(
      const auto cma,
      MakeAlgorithm("CMA_ES", space, R"({"initial_step": 0.01})"));
  for (const Point& point : Suggest(*cma, 1, 0, 50)) {
    EXPECT_NEAR(point[0], 0.8, 0.05);
  }
}

TEST(CmaEsOptionsTest, WithoutRestartsTheSearchStaysWhereItConverged) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  ASSERT_OK_AND_ASSIGN(
      const auto cma,
      MakeAlgorithm("CMA_ES", space, R"({"restarts": "none"})"));
  RunStudy(*cma, {.trials = 3000}, Valley);
  for (const Point& point : Suggest(*cma, 1, 3000, 20)) {
    EXPECT_NEAR(point[0], 0.3, 1e-4);
  }
}

TEST(CmaEsOptionsTest, TooManyCovariancesAreRefused) {
  const SearchSpace space = MakeSpace(DoubleSpecs(201));
  EXPECT_OK(MakeAlgorithm("CMA_ES", space));
  EXPECT_THAT(
      MakeAlgorithm("CMA_ES", space, R"({"covariance": "full"})"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("separable")));
}

TEST(CmaEsOptionsTest, SeparableCopesWithManyParameters) {
  const SearchSpace space = MakeSpace(DoubleSpecs(150));
  ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
  const auto value = [](const Point& point) {
    double sum = 0;
    for (size_t i = 0; i < point.size(); ++i) {
      sum += static_cast<double>(i + 1) * std::pow(point[i] - 0.6, 2);
    }
    return std::vector<double>{-sum};
  };
  EXPECT_GT(BestSafe(RunStudy(*cma, {.trials = 10'000}, value)), -5);
}

// Also after restarts.
TEST(CmaEsTest, RebuiltFromTheTrialsItGoesOnTheSame) {
  const SearchSpace space = MakeSpace(Mixed(1));
  const auto value = [](const Point& point) {
    return std::vector<double>{-std::abs(point[0] - 0.2) - point[1] - point[2]};
  };
  ASSERT_OK_AND_ASSIGN(const auto cma, MakeAlgorithm("CMA_ES", space));
  const SimulatedStudy study = {
      .trials = 2800, .workers = 10, .infeasible = 0.3, .lost = 0.05};
  const auto finished = RunStudy(*cma, study, value);
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, MakeAlgorithm("CMA_ES", space));
  ASSERT_OK(rebuilt->Observe(finished));
  EXPECT_EQ(NextPoints(*rebuilt), NextPoints(*cma));
}

}  // namespace
}  // namespace apogee
