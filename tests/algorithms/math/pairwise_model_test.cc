#include "algorithms/math/pairwise_model.h"

#include <cmath>

#include "gtest/gtest.h"

namespace apogee {
namespace {

std::vector<Levels> RandomRows(int rows, const std::vector<int>& counts) {
  RandomStream random = Rng(1).At(0);
  std::vector<Levels> result(rows);
  for (Levels& row : result) {
    for (const int count : counts) {
      row.push_back(static_cast<int>(random.Below(count)));
    }
  }
  return result;
}

double Value(PairwiseFunction& function, const Levels& x) {
  double sum = 0;
  function.ForEachPart(x, [&](double& part, bool) { sum += part; });
  return sum;
}

TEST(PairwiseFunctionTest, HasANumberForEachPairOfLevels) {
  EXPECT_EQ(PairwiseFunction::Size({2, 3, 4}), 2 + 3 + 4 + 6 + 8 + 12);
  EXPECT_EQ(PairwiseFunction::Size({}), 0);
}

TEST(PairwiseFunctionTest, GainIsTheDifferenceOfValues) {
  const std::vector<int> counts = {2, 3, 4, 2};
  PairwiseFunction function(counts);
  RandomStream random = Rng(1).At(0);
  for (double& each : function.singles()) each = random.Normal();
  for (double& each : function.pairs()) each = random.Normal();
  for (const Levels& x : RandomRows(20, counts)) {
    for (size_t i = 0; i < counts.size(); ++i) {
      for (int level = 0; level < counts[i]; ++level) {
        Levels y = x;
        y[i] = level;
        EXPECT_NEAR(function.Gain(x, i, level),
                    Value(function, y) - Value(function, x), 1e-12);
      }
    }
  }
}

// Of the correlation between drawn functions and the truth on other points.
double Agreement(int rows, int draws) {
  const std::vector<int> counts(8, 2);
  const auto truth = [](const Levels& x) {
    return 1000 + 30 * x[0] - 20 * x[3] + 40 * (x[1] == x[5] ? 1 : 0);
  };
  std::vector<Levels> all = RandomRows(rows + 50, counts);
  const std::vector<Levels> others(all.begin() + rows, all.end());
  all.resize(rows);
  std::vector<double> values;
  values.reserve(all.size());
  for (const Levels& x : all) values.push_back(truth(x));
  const PairwiseModel model(counts, all, values);
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    RandomStream random = Rng(2).At(i);
    PairwiseFunction drawn = model.Sample(random);
    double a = 0;
    double b = 0;
    double aa = 0;
    double bb = 0;
    double ab = 0;
    for (const Levels& x : others) {
      const double u = truth(x) - 1000;
      const double v = Value(drawn, x);
      a += u / 50;
      b += v / 50;
      aa += u * u / 50;
      bb += v * v / 50;
      ab += u * v / 50;
    }
    sum += (ab - a * b) / std::sqrt((aa - a * a) * (bb - b * b));
  }
  return sum / draws;
}

TEST(PairwiseModelTest, DrawsComeToAgreeWithTheTruth) {
  EXPECT_LT(Agreement(4, 20), 0.6);
  EXPECT_GT(Agreement(100, 20), 0.98);
}

TEST(PairwiseModelTest, DrawsDifferWhereNothingIsKnown) {
  const PairwiseModel model({2, 2}, {{0, 0}}, {5});
  int rises = 0;
  for (int i = 0; i < 100; ++i) {
    RandomStream random = Rng(3).At(i);
    if (model.Sample(random).Gain({0, 0}, 1, 1) > 0) ++rises;
  }
  EXPECT_GT(rises, 30);
  EXPECT_LT(rises, 70);
}

}  // namespace
}  // namespace apogee
