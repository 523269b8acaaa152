#include "algorithms/layer_forecast.h"

#include <cmath>
#include <limits>
#include <string>

#include "base/rng.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "a"
    integer_value_spec { max_value: 3 }
  }
  parameters {
    parameter_id: "b"
    integer_value_spec { max_value: 3 }
  })pb";

// The reward is a + b, 3 more where both are 1; the weight, which may be 4, is
// 2 b; the cost is not modelled. What is too heavy claims any reward.
TEST(LayerForecastTest, ExpectsWhatOthersTell) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const LayerSpace layers,
                       LayerSpace::Create(&space, {.levels = 2}));
  LayerForecast forecast(
      layers, {{},
               {.threshold = -4},
               {.threshold = -std::numeric_limits<double>::infinity()}});
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < 400; ++i) {
    const auto a = static_cast<char>(random.Below(4));
    const auto b = static_cast<char>(random.Below(4));
    const double reward = a + b + (a == 1 && b == 1 ? 3.0 : 0);
    forecast.Add({a, b}, {b > 2 ? 1e6 : reward, -2.0 * b, -9});
  }
  const Outcome light = forecast.Of(std::string("\1\1", 2));
  ASSERT_EQ(light.objectives.size(), 1);
  EXPECT_NEAR(light.objectives[0], 5, 0.3);
  EXPECT_TRUE(light.IsSafe());
  EXPECT_NEAR(forecast.Of(std::string("\3\3", 2)).violation, 0.5, 0.1);
}

TEST(LayerForecastTest, TakesValuesOfAnySize) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const LayerSpace layers,
                       LayerSpace::Create(&space, {.levels = 2}));
  LayerForecast forecast(layers, {{}});
  for (int i = 0; i < 20; ++i) {
    const std::string choice = {static_cast<char>(i % 4),
                                static_cast<char>(i % 3)};
    forecast.Add(choice, {i % 2 == 0 ? 1e308 : -1e308});
    EXPECT_TRUE(std::isfinite(forecast.Of(choice).objectives[0]));
  }
}

}  // namespace
}  // namespace apogee
