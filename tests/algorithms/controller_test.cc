#include "algorithms/controller.h"

#include <set>
#include <vector>

#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr PolicyGradientOptions kPolicy = {
    .batch = 8, .learning_rate = 0.1, .entropy = 0.05};

const std::vector<Variable>& Variables() {
  static const auto& variables =
      *new std::vector<Variable>(10, Variable{5, false});
  return variables;
}

// How many of the variables agree with the answer, for the last draw of many.
int Learned(Controller& controller, int trials) {
  int right = 0;
  for (int i = 0; i < trials; ++i) {
    RandomStream random = Rng(2).At(i);
    const std::vector<int> options = controller.Draw(random);
    right = 0;
    for (size_t v = 0; v < options.size(); ++v) {
      right += options[v] == static_cast<int>(v) % 5;
    }
    controller.Learn(options, {.objectives = {static_cast<double>(right)}});
  }
  return right;
}

TEST(ControllerTest, LearnersFindTheAnswerAndChanceDoesNot) {
  EXPECT_GE(Learned(*MakePolicyGradientController(Variables(), kPolicy), 1500),
            9);
  EXPECT_GE(Learned(*MakeEvolutionController(Variables(), 50), 1500), 9);
  EXPECT_LE(Learned(*MakeRandomController(Variables()), 1500), 6);
}

TEST(ControllerTest, BestIsUnknownAtFirstAndRightAtLast) {
  const auto policy = MakePolicyGradientController(Variables(), kPolicy);
  EXPECT_THAT(policy->Best(), Each(kNoOption));
  Learned(*policy, 1500);
  EXPECT_THAT(policy->Best(), ElementsAre(0, 1, 2, 3, 4, 0, 1, 2, 3, 4));
}

TEST(ControllerTest, NoVariablesAreNoProblem) {
  for (const auto& controller :
       {MakeRandomController({}), MakeEvolutionController({}, 4),
        MakePolicyGradientController({}, kPolicy)}) {
    for (int i = 0; i < 20; ++i) {
      controller->Learn({}, {.objectives = {1}});
      RandomStream random = Rng(1).At(i);
      EXPECT_TRUE(controller->Draw(random).empty());
    }
  }
}

// Variable 1 only takes part where variable 0 is 0; there its option 2 is best.
TEST(ControllerTest, LearnsFromTheTrialsAVariableTookPartIn) {
  const std::vector<Variable> variables = {{2, false}, {3, false}};
  const auto policy = MakePolicyGradientController(variables, kPolicy);
  for (int i = 0; i < 800; ++i) {
    RandomStream random = Rng(4).At(i);
    std::vector<int> options = policy->Draw(random);
    const double value = options[0] == 1 ? 5.0 : options[1];
    if (options[0] == 1) options[1] = kNoOption;
    policy->Learn(options, {.objectives = {value}});
  }
  EXPECT_EQ(policy->Best()[0], 1);
  // Trials without it outrank all that have it, yet do not count against it.
  EXPECT_EQ(policy->Best()[1], 2);
}

TEST(ControllerTest, NeighboursOfAGoodNumberGain) {
  const std::vector<Variable> variables = {{9, true}};
  PolicyGradientOptions options = kPolicy;
  options.batch = 2;
  options.learning_rate = 1;
  const auto share = [&](bool use_order) {
    options.use_order = use_order;
    const auto policy = MakePolicyGradientController(variables, options);
    policy->Learn(std::vector<int>{4}, {.objectives = {1}});
    policy->Learn(std::vector<int>{0}, {.objectives = {0}});
    int neighbours = 0;
    for (int i = 0; i < 1000; ++i) {
      RandomStream random = Rng(4).At(i);
      const int option = policy->Draw(random)[0];
      neighbours += option == 3 || option == 5;
    }
    return neighbours;
  };
  EXPECT_GT(share(true), 1.5 * share(false));
}

TEST(ControllerTest, EvolutionForgetsTheOldest) {
  const std::vector<Variable> variables = {{100, false}, {100, false}};
  const auto evolution = MakeEvolutionController(variables, 4);
  evolution->Learn(std::vector<int>{1, 1}, {.objectives = {9}});
  EXPECT_THAT(evolution->Best(), ElementsAre(1, 1));
  for (int i = 0; i < 4; ++i) {
    evolution->Learn(std::vector<int>{2, 2}, {.objectives = {1}});
  }
  EXPECT_THAT(evolution->Best(), ElementsAre(2, 2));
  RandomStream random = Rng(4).At(1);
  const std::vector<int> child = evolution->Draw(random);
  EXPECT_TRUE((child[0] == 2) != (child[1] == 2));
}

TEST(ChoiceSpaceTest, OptionsAndPointsMatch) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "n"
      scale_type: UNIT_LOG_SCALE
      integer_value_spec { min_value: 1 max_value: 1000 }
    }
    parameters {
      parameter_id: "few"
      discrete_value_spec { values: 1 values: 2 values: 30 }
    }
    parameters {
      parameter_id: "c"
      categorical_value_spec { values: "a" values: "b" }
    })pb");
  const ChoiceSpace choices(&space, {0, 1, 2, 3}, 10);
  EXPECT_FALSE(choices.IsListed(0));
  EXPECT_FALSE(choices.IsListed(1));
  EXPECT_TRUE(choices.IsListed(2));
  EXPECT_TRUE(choices.IsListed(3));
  for (int option = 0; option < 10; ++option) {
    RandomStream random = Rng(7).At(option);
    Point point(4);
    choices.Place({option, option, option % 3, option % 2}, random, point);
    space.Normalize(point);
    EXPECT_EQ(choices.OptionsOf(point)[0], option);
    // An integer may lie on the border of two stretches.
    EXPECT_NEAR(choices.OptionsOf(point)[1], option, 1);
    EXPECT_EQ(choices.OptionsOf(point)[2], option % 3);
    EXPECT_EQ(choices.OptionsOf(point)[3], option % 2);
  }
  EXPECT_THAT(choices.OptionsOf(Point(4, kInactive)), Each(kNoOption));
}

}  // namespace
}  // namespace apogee
