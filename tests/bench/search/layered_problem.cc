#include "tests/bench/search/layered_problem.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/search/layered.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

constexpr double kCostUnit = 1000;

std::shared_ptr<const Layered> MakeNetwork(const LayeredShape& shape) {
  return std::make_shared<const Layered>(
      shape.layers, shape.options, shape.interaction, Rng(shape.instance));
}

// What counts as a regret of 1; anything where all choices are one.
double Unit(const Layered::Oracle& oracle) {
  return oracle.best > oracle.mean ? oracle.best - oracle.mean : 1;
}

// With the cost as each metric after the first.
TestProblem WithoutMetrics(const std::shared_ptr<const Layered>& network,
                           double noise, int costs) {
  TestProblem problem;
  for (int i = 1; i <= network->layers(); ++i) {
    AddCategorical(problem.spec, absl::StrCat("layer", i), network->options());
  }
  const double deviation = noise * network->RewardDeviation();
  problem.evaluate = [network, deviation, costs](const Parameters& parameters,
                                                 RandomStream& random) {
    const std::vector<double> numbers = Numbers(parameters);
    const std::vector<int> choice(numbers.begin(), numbers.end());
    Evaluation evaluation;
    evaluation.exact = {network->Reward(choice)};
    evaluation.exact.resize(
        1 + costs, static_cast<double>(network->Cost(choice)) / kCostUnit);
    evaluation.measured = evaluation.exact;
    if (deviation > 0) evaluation.measured[0] += deviation * random.Normal();
    return evaluation;
  };
  return problem;
}

}  // namespace

TestProblem LayeredProblem(const LayeredShape& shape, double limit) {
  const std::shared_ptr<const Layered> network = MakeNetwork(shape);
  const int64_t most = network->CostAt(limit);
  const Layered::Oracle oracle = network->Solve({most})[0];
  const double most_cost = static_cast<double>(most) / kCostUnit;

  TestProblem problem = WithoutMetrics(network, shape.noise, 1);
  AddObjective(problem.spec, "reward", /*minimize=*/false);
  AddLimit(problem.spec, "cost", most_cost);
  const BestScale scale = {.limit = most_cost,
                           .best = oracle.best,
                           .unit = Unit(oracle),
                           .regret_of_nothing = kLayeredCap};
  problem.new_scorer = [scale] { return BestScorer(scale); };
  return problem;
}

TestProblem LayeredFrontProblem(const LayeredShape& shape,
                                bool several_objectives) {
  constexpr int kLimits = 9;
  const std::shared_ptr<const Layered> network = MakeNetwork(shape);
  std::vector<int64_t> limits(kLimits);
  for (int i = 0; i < kLimits; ++i) {
    limits[i] = network->CostAt(0.1 + 0.05 * i);
  }
  const std::vector<Layered::Oracle> oracles = network->Solve(limits);
  std::vector<LimitScale> scales(kLimits);
  for (int i = 0; i < kLimits; ++i) {
    scales[i] = {.limit = static_cast<double>(limits[i]) / kCostUnit,
                 .best = oracles[i].best,
                 .unit = Unit(oracles[i])};
  }

  TestProblem problem =
      WithoutMetrics(network, shape.noise, several_objectives ? 2 : 1);
  AddObjective(problem.spec, "reward", /*minimize=*/false);
  if (several_objectives) {
    AddObjective(problem.spec, "cost", /*minimize=*/true);
  }
  AddLimit(problem.spec, "cost_limit", scales.back().limit);
  problem.new_scorer = [scales] { return LimitsScorer(scales, kLayeredCap); };
  for (const LimitScale& scale : scales) {
    problem.best_front.push_back({scale.best, scale.limit});
  }
  return problem;
}

}  // namespace apogee
