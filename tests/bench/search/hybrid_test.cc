#include "tests/bench/search/hybrid.h"

#include <cmath>
#include <set>

#include "base/rng.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

HybridShape Shape(int function, int64_t instance) {
  return {.function = function,
          .reals = 3,
          .categoricals = 2,
          .categories = 4,
          .instance = instance};
}

TEST(HybridTest, OnlyTheBestPointIsBest) {
  for (int function = 1; function <= kHybridFunctions; ++function) {
    for (int64_t instance = 1; instance <= 3; ++instance) {
      const Hybrid hybrid(Shape(function, instance));
      EXPECT_NEAR(hybrid(hybrid.x_opt()), 0, 1e-9) << function;
      for (int i = 0; i < 50; ++i) {
        RandomStream random = Rng(instance).At(i);
        std::vector<double> x = hybrid.x_opt();
        x[random.Below(3)] += random.Uniform() + 0.01;
        EXPECT_GT(hybrid(x), 1e-6) << function;
      }
      std::vector<double> other = hybrid.x_opt();
      other[4] = other[4] == 0 ? 1 : 0;
      EXPECT_GT(hybrid(other), 1e-6) << function;
    }
  }
}

// For the sphere the squared distance of a category from the best one is seen.
TEST(HybridTest, CategoriesStandForEvenlySpacedValuesInAnyOrder) {
  std::set<std::vector<int>> orders;
  for (int64_t instance = 1; instance <= 20; ++instance) {
    const Hybrid hybrid(Shape(1, instance));
    std::vector<int> steps;
    for (int k = 0; k < 4; ++k) {
      std::vector<double> x = hybrid.x_opt();
      x[3] = k;
      const double distance = std::sqrt(hybrid(x)) / (10.0 / 3);
      EXPECT_NEAR(distance, std::round(distance), 1e-9);
      steps.push_back(static_cast<int>(std::round(distance)));
    }
    orders.insert(steps);
  }
  EXPECT_GT(orders.size(), 4);
}

}  // namespace
}  // namespace apogee
