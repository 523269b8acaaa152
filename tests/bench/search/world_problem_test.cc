#include "tests/bench/search/world_problem.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/text_regressor.h"
#include "algorithms/space/search_space.h"
#include "algorithms/variation.h"
#include "tests/bench/regressor/world.h"
#include "tests/bench/search/statistics.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;
using Studies = WorldSearch::Studies;

// A folder of regressors that know nothing.
std::string Weights() {
  std::string folder = testing::TempDir() + "/world_problem_test";
  std::filesystem::create_directories(folder);
  constexpr NetworkShape kShape = {.layers = 1,
                                   .width = 8,
                                   .heads = 2,
                                   .hidden = 8,
                                   .buckets = 16,
                                   .piece_width = 4};
  std::ofstream(folder + "/text.weights", std::ios::binary)
      << TextRegressor(kShape, 1).Serialize();
  std::ofstream(folder + "/context.weights", std::ios::binary)
      << ContextRegressor(kShape, 1).Serialize();
  return folder;
}

std::vector<ProblemChoice> Choices(const WorldSearch& search) {
  auto choices = WorldProblems(search, Weights());
  EXPECT_OK(choices.status());
  return *std::move(choices);
}

TestProblem Make(const ProblemChoice& choice, int64_t instance) {
  return choice.make({.instance = instance, .several_objectives = false});
}

SearchSpace SpaceOf(const TestProblem& problem) {
  auto space = SearchSpace::Create(problem.spec.parameters());
  EXPECT_OK(space.status());
  return *std::move(space);
}

// What a study is worth at points all over its space.
std::vector<double> Values(const TestProblem& problem) {
  const SearchSpace space = SpaceOf(problem);
  RandomStream random = Rng(5).At(0);
  RandomStream noise = Rng(6).At(0);
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    const Evaluation evaluation =
        problem.evaluate(space.Decode(RandomPoint(space, random)), noise);
    values.insert(values.end(), evaluation.exact.begin(),
                  evaluation.exact.end());
  }
  return values;
}

TEST(WorldProblemTest, TheMedianPointHasARegretOf1AndNoneIsBelow0) {
  const ProblemChoice choice = Choices({})[0];
  for (int64_t instance = 1; instance <= 5; ++instance) {
    const TestProblem problem = Make(choice, instance);
    std::vector<double> regrets;
    for (const double value : Values(problem)) {
      const auto scorer = problem.new_scorer();
      scorer->Add({.measured = {value}, .exact = {value}});
      regrets.push_back(scorer->Get().regret);
      // Regrets below 0 count as 0.
      EXPECT_GT(regrets.back(), 0);
    }
    EXPECT_NEAR(Quantile(regrets, 0.5), 1, 0.15);
  }
}

TEST(WorldProblemTest, TheBestThereIsCanBeClimbedTo) {
  const TestProblem problem = Make(Choices({})[0], 1);
  const SearchSpace space = SpaceOf(problem);
  RandomStream random = Rng(7).At(0);
  RandomStream noise = Rng(8).At(0);
  const auto regret = [&](const Point& point) {
    const auto scorer = problem.new_scorer();
    const Evaluation evaluation = problem.evaluate(space.Decode(point), noise);
    if (!evaluation.exact.empty()) {
      scorer->Add({.measured = evaluation.exact, .exact = evaluation.exact});
    }
    return scorer->Get().regret;
  };
  Point best = RandomPoint(space, random);
  for (int i = 0; i < 3000; ++i) {
    Point next = Perturb(space, best, random);
    if (regret(next) <= regret(best)) best = std::move(next);
  }
  EXPECT_LT(regret(best), 0.01);
}

TEST(WorldProblemTest, AnInstanceIsOneStudyAndTheNextOneIsAnother) {
  const ProblemChoice choice = Choices({})[0];
  const TestProblem one = Make(choice, 4);
  const TestProblem same = Make(choice, 4);
  EXPECT_EQ(one.spec.DebugString(), same.spec.DebugString());
  EXPECT_EQ(Values(one), Values(same));
  EXPECT_NE(Values(one), Values(Make(choice, 5)));
}

TEST(WorldProblemTest, ToldOfStudiesLikeItOfTheKnownWorld) {
  for (const Studies studies :
       {Studies::kKnown, Studies::kNewDatasets, Studies::kOtherWorld}) {
    const auto choices = Choices({.database = 300, .studies = studies});
    EXPECT_TRUE(Make(choices[0], 1).background->priors.empty());
    const TestProblem problem = Make(choices[1], 1);
    const Background& background = *problem.background;
    EXPECT_NE(background.text_regressor, nullptr);
    EXPECT_NE(background.context_regressor, nullptr);
    ASSERT_EQ(background.priors.size(), 8);
    std::set<std::string> names;
    for (const PriorStudy& prior : background.priors) {
      names.insert(prior.name);
      int number = 0;
      ASSERT_TRUE(absl::SimpleAtoi(prior.name.substr(6), &number));
      EXPECT_LT(number, 300);
      const NamedStudy known = World(1).Study(number, 1);
      EXPECT_EQ(prior.study.text.metadata, known.text.metadata);
      EXPECT_EQ(prior.study.trials[0].value, known.trials[0].value);
    }
    EXPECT_EQ(names.size(), 8);
  }
}

TEST(WorldProblemTest, NewDatasetsTakeTheNamesOfKnownOnes) {
  const TestProblem known = Make(Choices({})[0], 1);
  const TestProblem other =
      Make(Choices({.studies = Studies::kNewDatasets})[0], 1);
  EXPECT_EQ(known.spec.DebugString(), other.spec.DebugString());
  EXPECT_EQ(known.background->text.metadata, other.background->text.metadata);
  EXPECT_NE(Values(known), Values(other));
}

TEST(WorldProblemTest, SaysWhereWeightsAreMissing) {
  EXPECT_THAT(WorldProblems({}, "/nowhere"),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("/nowhere/text.weights")));
}

}  // namespace
}  // namespace apogee
