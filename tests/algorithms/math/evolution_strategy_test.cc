#include "algorithms/math/evolution_strategy.h"

#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/math/adam.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Function = std::function<double(const std::vector<double>&)>;
using Rule = EvolutionStrategy::Rule;

std::vector<double> At(const std::vector<double>& center, double scale,
                       RandomStream direction) {
  std::vector<double> x = center;
  for (double& each : x) each += scale * direction.Normal();
  return x;
}

// The pair with number `i`, opened where the strategy is.
PairResult Look(const EvolutionStrategy& strategy, const Function& f, int i) {
  const RandomStream g = Rng(3).At(i);
  const double sigma = strategy.sigma();
  return {.direction = g,
          .slope = (f(At(strategy.center(), sigma, g)) -
                    f(At(strategy.center(), -sigma, g))) /
                   (2 * sigma),
          .version = strategy.version(),
          .active = {}};
}

// Runs `updates` of `pairs` pairs; while the results of one are awaited, the
// pairs of the next `ahead` are opened.
void Climb(EvolutionStrategy& strategy, const Function& f, int updates,
           int pairs, int ahead = 0) {
  std::deque<PairResult> open;
  int opened = 0;
  for (int update = 0; update < updates; ++update) {
    while (static_cast<int>(open.size()) < pairs * (ahead + 1)) {
      open.push_back(Look(strategy, f, opened++));
    }
    strategy.Update(std::vector(open.begin(), open.begin() + pairs));
    open.erase(open.begin(), open.begin() + pairs);
  }
}

double Distance(const std::vector<double>& x, double optimum) {
  double sum = 0;
  for (const double each : x) sum += (each - optimum) * (each - optimum);
  return std::sqrt(sum);
}

// f(m, x) = 3 m + c_m . x - |x - 0.4|^2 with m drawn evenly from three: what
// the smoothed function's gradient is, is known.
TEST(AverageDirectionTest, EstimatesTheGradientWithoutBias) {
  constexpr int kSize = 5;
  constexpr int kEstimates = 100'000;
  constexpr double kSigma = 0.1;
  const std::vector<double> center(kSize, 0.5);
  const auto value = [](uint64_t m, const std::vector<double>& x) {
    double sum = 3.0 * static_cast<double>(m);
    for (int k = 0; k < kSize; ++k) {
      sum += (m == 1 ? 0.3 * k : 0) * x[k] - (x[k] - 0.4) * (x[k] - 0.4);
    }
    return sum;
  };
  std::array<double, 2> variance = {};
  for (const bool separate : {false, true}) {
    RandomStream random = Rng(5).At(0);
    std::vector<double> sum(kSize);
    std::vector<double> square(kSize);
    for (int i = 0; i < kEstimates; ++i) {
      const RandomStream g = Rng(6).At(i);
      const uint64_t plus = random.Below(3);
      const uint64_t minus = separate ? random.Below(3) : plus;
      const double slope = (value(plus, At(center, kSigma, g)) -
                            value(minus, At(center, -kSigma, g))) /
                           (2 * kSigma);
      const DirectionMean estimate =
          AverageDirection(kSize, {{{g, slope, 0, {}}}});
      for (int k = 0; k < kSize; ++k) {
        sum[k] += estimate.value[k];
        square[k] += estimate.value[k] * estimate.value[k];
      }
    }
    for (int k = 0; k < kSize; ++k) {
      const double mean = sum[k] / kEstimates;
      const double spread = square[k] / kEstimates - mean * mean;
      EXPECT_NEAR(mean, 0.3 * k / 3 - 2 * (0.5 - 0.4),
                  3 * std::sqrt(spread / kEstimates))
          << (separate ? "separate " : "shared ") << k;
      variance[separate] += spread;
    }
  }
  // Architecture noise that both halves share cancels.
  const double ratio = variance[1] / variance[0];
  RecordProperty("variance_ratio", absl::StrCat(ratio));
  std::cout << "variance, separate over shared: " << ratio << "\n";
  EXPECT_GT(ratio, 50);
}

TEST(AverageDirectionTest, CountsWhatTookPart) {
  const RandomStream g = Rng(1).At(0);
  RandomStream copy = g;
  copy.Normal();
  const double second = copy.Normal();
  const DirectionMean mean = AverageDirection(
      3, {{{g, 2, 0, {false, true, false}}, {g, 4, 0, {true, true, false}}}});
  EXPECT_THAT(mean.pairs, testing::ElementsAre(1, 2, 0));
  EXPECT_DOUBLE_EQ(mean.value[1], 3 * second);
  EXPECT_EQ(mean.value[2], 0);
}

TEST(EvolutionStrategyTest, ClosesInOnASmoothOptimum) {
  // Few pairs, and more than there are coordinates.
  for (const int pairs : {4, 40}) {
    EvolutionStrategy strategy(std::vector<double>(20, 0.8),
                               {Rule::kAdaptive, 0.1, 0.5});
    Climb(
        strategy, [](const auto& x) { return -Distance(x, 0.3); },
        4'000 / pairs, pairs);
    EXPECT_LT(Distance(strategy.center(), 0.3), pairs == 4 ? 1e-6 : 1e-2);
    EXPECT_LT(strategy.sigma(), 0.02);
  }
}

TEST(EvolutionStrategyTest, ClosesInWithPairsThatKnowNothingOfManyMoves) {
  EvolutionStrategy strategy(std::vector<double>(20, 0.8),
                             {Rule::kAdaptive, 0.1, 0.5});
  const auto f = [](const auto& x) { return -Distance(x, 0.3); };
  Climb(strategy, f, 1'000, 4, 8);
  EXPECT_LT(Distance(strategy.center(), 0.3), 1e-5);
  EXPECT_LT(strategy.sigma(), 1e-4);
}

// On a slope without end, moves always agree.
TEST(EvolutionStrategyTest, SigmaGrowsBackWhileMovesAgree) {
  EvolutionStrategy strategy(std::vector<double>(20, 0.5),
                             {Rule::kAdaptive, 0.1, 0.5});
  Climb(
      strategy, [](const auto& x) { return -Distance(x, 0.5); }, 300, 4, 4);
  const double small = strategy.sigma();
  EXPECT_LT(small, 1e-3);
  Climb(
      strategy, [](const auto& x) { return x[0] + x[1]; }, 100, 4, 4);
  EXPECT_GT(strategy.sigma(), 10 * small);
}

TEST(EvolutionStrategyTest, SigmaNeverGrowsPastItsStart) {
  EvolutionStrategy strategy(std::vector<double>(20, 0.1),
                             {Rule::kAdaptive, 0.002, 0.5});
  Climb(
      strategy, [](const auto& x) { return x[0] + x[1]; }, 50, 4);
  EXPECT_LE(strategy.sigma(), 0.002);
  EXPECT_GT(strategy.sigma(), 0.0005);
}

TEST(EvolutionStrategyTest, AFlatFunctionTeachesNothing) {
  EvolutionStrategy strategy(std::vector<double>(3, 0.6),
                             {Rule::kAdaptive, 0.1, 0.5});
  Climb(
      strategy, [](const auto&) { return 7; }, 5, 4);
  EXPECT_EQ(strategy.center(), std::vector<double>(3, 0.6));
  EXPECT_EQ(strategy.sigma(), 0.1);
  EXPECT_EQ(strategy.version(), 0);
}

TEST(EvolutionStrategyTest, ACornerDoesNotKeepTheRestFromSettling) {
  EvolutionStrategy strategy(std::vector<double>(10, 0.5),
                             {Rule::kAdaptive, 0.1, 0.5});
  Climb(
      strategy,
      [](const std::vector<double>& x) {
        double sum = 0;
        for (int k = 0; k < 10; ++k) {
          sum -= k < 5 ? std::pow(x[k] - 0.3, 2) : -0.1 * x[k];
        }
        return sum;
      },
      600, 4);
  for (int k = 0; k < 10; ++k) {
    EXPECT_NEAR(strategy.center()[k], k < 5 ? 0.3 : 1, 0.02) << k;
  }
}

TEST(EvolutionStrategyTest, FixedRulesKeepSigmaAndClimb) {
  for (const auto& [rule, step] :
       {std::pair(Rule::kAdam, 0.02), std::pair(Rule::kPlain, 0.02)}) {
    EvolutionStrategy strategy(std::vector<double>(10, 0.8),
                               {rule, 0.05, step});
    Climb(
        strategy, [](const auto& x) { return -Distance(x, 0.3); }, 200, 8);
    EXPECT_EQ(strategy.sigma(), 0.05);
    EXPECT_LT(Distance(strategy.center(), 0.3), 0.3);
  }
}

TEST(AdamTest, FirstStepsHaveTheLengthOfTheRate) {
  Adam adam(2, 0.1);
  std::vector<double> x(2);
  adam.Step({5, -1e-3}, x);
  EXPECT_NEAR(x[0], 0.1, 1e-5);
  EXPECT_NEAR(x[1], -0.1, 1e-5);
}

}  // namespace
}  // namespace apogee
