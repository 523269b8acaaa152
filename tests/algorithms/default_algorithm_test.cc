#include "algorithms/default_algorithm.h"

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using testing::HasSubstr;

std::string Chosen(const SearchSpace& space, std::vector<Goal> goals,
                   int64_t budget, int64_t trials = 0) {
  return ChooseAlgorithm(
             {.space = &space, .goals = std::move(goals), .budget = budget},
             trials)
      .name;
}

TEST(DefaultAlgorithmTest, ChoosesByObjectivesTrialsAndSpace) {
  const SearchSpace doubles = MakeSpace(DoubleSpecs(3));
  const SearchSpace choices =
      MakeSpace(absl::StrCat(CategorySpecs(2, 3), kConditionalSpecs));
  const SearchSpace wide = MakeSpace(DoubleSpecs(101));
  const SearchSpace huge = MakeSpace(DoubleSpecs(201));
  const std::vector<Goal> limit = {{.threshold = 1}};
  const std::vector<Goal> one = {{}, {.threshold = 1}};
  const std::vector<Goal> two = {{}, {}};
  EXPECT_EQ(Chosen(doubles, {}, 0), "QUASI_RANDOM_SEARCH");
  EXPECT_EQ(Chosen(doubles, limit, 5000), "QUASI_RANDOM_SEARCH");
  for (const SearchSpace* space : {&doubles, &choices, &wide}) {
    for (const int64_t budget : {0, 1, 1000}) {
      EXPECT_EQ(Chosen(*space, one, budget), "GP_UCB_PE");
      EXPECT_EQ(Chosen(*space, two, budget), "GP_UCB_PE");
    }
    EXPECT_EQ(Chosen(*space, two, 1001), "NSGA2");
  }
  EXPECT_EQ(Chosen(doubles, one, 1001), "CMA_ES");
  EXPECT_EQ(Chosen(choices, one, 1001), "EAGLE_STRATEGY");
  EXPECT_EQ(Chosen(wide, one, 1001), "ES_ENAS");
  EXPECT_EQ(Chosen(huge, one, 10), "ES_ENAS");
  EXPECT_EQ(Chosen(huge, two, 10), "NSGA2");
}

TEST(DefaultAlgorithmTest, TrialsThatExistCountAsABudgetOfAsMany) {
  const SearchSpace space = MakeSpace(DoubleSpecs(3));
  EXPECT_EQ(Chosen(space, {{}}, 0, 1000), "GP_UCB_PE");
  EXPECT_EQ(Chosen(space, {{}}, 0, 1001), "CMA_ES");
  EXPECT_EQ(Chosen(space, {{}}, 10, 1001), "CMA_ES");
}

TEST(DefaultAlgorithmTest, TheDescriptionNamesEveryChoice) {
  for (const char* name : {"QUASI_RANDOM_SEARCH", "GP_UCB_PE", "NSGA2",
                           "EAGLE_STRATEGY", "CMA_ES", "ES_ENAS"}) {
    EXPECT_THAT(OpenChoiceDescription(), HasSubstr(name));
  }
}

TEST(DefaultAlgorithmTest, TheWordsForItAreNoAlgorithms) {
  for (const std::string& name : OpenChoiceNames()) {
    EXPECT_TRUE(IsOpenChoice(name));
    EXPECT_EQ(FindAlgorithm(name), nullptr);
  }
  EXPECT_FALSE(IsOpenChoice("GP_UCB_PE"));
  EXPECT_FALSE(IsOpenChoice("default"));
}

}  // namespace
}  // namespace apogee
