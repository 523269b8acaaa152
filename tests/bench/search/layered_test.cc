#include "tests/bench/search/layered.h"

#include <algorithm>
#include <cmath>

#include "gtest/gtest.h"
#include "tests/bench/search/layered_problem.h"

namespace apogee {
namespace {

std::vector<std::vector<int>> AllChoices(const Layered& network) {
  std::vector<std::vector<int>> all = {{}};
  for (int layer = 0; layer < network.layers(); ++layer) {
    std::vector<std::vector<int>> longer;
    for (const std::vector<int>& choice : all) {
      for (int s = 0; s < network.options(); ++s) {
        longer.push_back(choice);
        longer.back().push_back(s);
      }
    }
    all = std::move(longer);
  }
  return all;
}

TEST(LayeredTest, OracleIsWhatTryingAllChoicesFinds) {
  for (int instance = 1; instance <= 10; ++instance) {
    const Layered network(4, 4, 0.3, Rng(instance));
    const std::vector<std::vector<int>> all = AllChoices(network);
    std::vector<int64_t> limits;
    for (const double share : {0.0, 0.1, 0.3, 0.5, 1.0}) {
      limits.push_back(network.CostAt(share));
    }
    const std::vector<Layered::Oracle> oracles = network.Solve(limits);
    for (size_t i = 0; i < limits.size(); ++i) {
      double best = -1e9;
      double sum = 0;
      int count = 0;
      for (const std::vector<int>& choice : all) {
        if (network.Cost(choice) > limits[i]) continue;
        best = std::max(best, network.Reward(choice));
        sum += network.Reward(choice);
        ++count;
      }
      ASSERT_GT(count, 0);
      EXPECT_NEAR(oracles[i].best, best, 1e-9);
      EXPECT_NEAR(oracles[i].mean, sum / count, 1e-9);
    }
  }
}

TEST(LayeredTest, CostsAndDeviationAreThoseOfAllChoices) {
  const Layered network(4, 3, 0.5, Rng(3));
  int64_t least = 1'000'000;
  int64_t most = 0;
  double sum = 0;
  double squares = 0;
  const std::vector<std::vector<int>> all = AllChoices(network);
  for (const std::vector<int>& choice : all) {
    least = std::min(least, network.Cost(choice));
    most = std::max(most, network.Cost(choice));
    sum += network.Reward(choice);
    squares += network.Reward(choice) * network.Reward(choice);
  }
  const auto count = static_cast<double>(all.size());
  EXPECT_EQ(network.min_cost(), least);
  EXPECT_EQ(network.max_cost(), most);
  EXPECT_NEAR(network.RewardDeviation(),
              std::sqrt(squares / count - sum * sum / count / count), 1e-9);
}

// The best choice of all has no regret, whichever form the problem has.
TEST(LayeredProblemTest, TheBestChoicesHaveNoRegret) {
  const LayeredShape shape = {
      .layers = 4, .options = 3, .interaction = 0.2, .noise = 0, .instance = 5};
  const Layered network(4, 3, 0.2, Rng(5));
  for (const bool several : {false, true}) {
    const TestProblem problem = LayeredFrontProblem(shape, several);
    EXPECT_EQ(problem.spec.metrics_size(), several ? 3 : 2);
    const std::unique_ptr<Scorer> scorer = problem.new_scorer();
    EXPECT_EQ(scorer->Get().regret, kLayeredCap);
    for (const std::vector<int>& choice : AllChoices(network)) {
      Parameters parameters;
      for (int i = 0; i < 4; ++i) {
        vizier::Trial::Parameter& parameter = *parameters.Add();
        parameter.set_parameter_id(problem.spec.parameters(i).parameter_id());
        parameter.mutable_value()->set_string_value(std::to_string(choice[i]));
      }
      RandomStream noise = Rng(1).At(0);
      const Evaluation evaluation = problem.evaluate(parameters, noise);
      EXPECT_EQ(evaluation.exact[0], network.Reward(choice));
      scorer->Add(evaluation);
    }
    EXPECT_NEAR(scorer->Get().regret, 0, 1e-9);
  }
}

}  // namespace
}  // namespace apogee
