#include "algorithms/math/asng.h"

#include <algorithm>
#include <numeric>

#include "algorithms/math/cma.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;

TEST(AsngTest, StartsEven) {
  const Asng asng({2, 4}, 0.1);
  EXPECT_THAT(asng.probabilities(0), ElementsAre(0.5, 0.5));
  EXPECT_THAT(asng.probabilities(1), Each(0.25));
}

TEST(AsngTest, SamplesFollowTheProbabilities) {
  const Asng asng({3}, 0.1);
  RandomStream random = Rng(1).At(0);
  std::vector<int> counts(3);
  for (int i = 0; i < 9000; ++i) ++counts[asng.Sample(random)[0]];
  EXPECT_THAT(counts, Each(testing::AllOf(Ge(2800), testing::Le(3200))));
}

TEST(AsngTest, FindsTheBestValueOfEachVariableAndKeepsTheOthersPossible) {
  const std::vector<int> cardinalities(20, 3);
  constexpr int kPopulation = 12;
  constexpr double kMargin = 0.02;
  Asng asng(cardinalities, kMargin);
  RandomStream random = Rng(1).At(0);
  // Variable j is best at j % 3.
  const auto value = [](const std::vector<int>& sample) {
    int good = 0;
    for (size_t j = 0; j < sample.size(); ++j) {
      if (sample[j] == static_cast<int>(j % 3)) ++good;
    }
    return good;
  };
  for (int generation = 0; generation < 60; ++generation) {
    std::vector<std::vector<int>> samples;
    samples.reserve(kPopulation);
    for (int i = 0; i < kPopulation; ++i) {
      samples.push_back(asng.Sample(random));
    }
    std::stable_sort(
        samples.begin(), samples.end(),
        [&](const auto& a, const auto& b) { return value(a) > value(b); });
    samples.resize(kPopulation / 2);
    asng.Update(samples, ParentWeights(kPopulation));
  }
  for (int j = 0; j < 20; ++j) {
    const std::vector<double>& q = asng.probabilities(j);
    EXPECT_GT(q[j % 3], 0.8) << j;
    EXPECT_THAT(q, Each(Ge(kMargin / 2 - 1e-12)));
    EXPECT_NEAR(std::accumulate(q.begin(), q.end(), 0.0), 1, 1e-12);
  }
}

TEST(AsngTest, VariablesWithoutInfluenceStay) {
  Asng asng({2, 3}, 0.1);
  for (int i = 0; i < 10; ++i) {
    asng.Update({{1, Asng::kNoChoice}, {1, Asng::kNoChoice}}, {0.7, 0.3});
  }
  EXPECT_NEAR(asng.probabilities(0)[1], 0.9, 1e-12);
  EXPECT_THAT(asng.probabilities(1), Each(1.0 / 3));
}

TEST(AsngTest, AGradientOfNothingChangesNothing) {
  Asng asng({2}, 0.1);
  asng.Update({{0}, {1}}, {0.5, 0.5});
  EXPECT_THAT(asng.probabilities(0), ElementsAre(0.5, 0.5));
}

}  // namespace
}  // namespace apogee
