#include "algorithms/regressor/outcome_warp.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

TEST(OutcomeWarpTest, RisesWithWhatIsWantedAndIsUndone) {
  RandomStream random = Rng(1).At(0);
  for (int round = 0; round < 200; ++round) {
    const double scale = std::pow(10, -8 + 16 * random.Uniform());
    const double offset = scale * 10 * random.Normal();
    std::vector<double> values(1 + random.Below(20));
    for (double& value : values) value = offset + scale * random.Normal();
    const bool maximize = round % 2 == 0;
    const OutcomeWarp warp(values, maximize);
    double before = 0;
    for (int i = -50; i <= 50; ++i) {
      const double value = offset + scale * .2 * i;
      const double warped = warp.Warp(value);
      ASSERT_NEAR(warp.Unwarp(warped), value, 1e-9 * (scale + std::abs(value)));
      if (i > -50) {
        ASSERT_EQ(warped > before, maximize);
      }
      before = warped;
    }
  }
}

TEST(OutcomeWarpTest, GivesMeanZeroAndDeviationOne) {
  const std::vector<double> values = {3, 8, 1, 12, 7, 7};
  const OutcomeWarp warp(values, false);
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += warp.Warp(value);
    squares += warp.Warp(value) * warp.Warp(value);
  }
  EXPECT_NEAR(sum, 0, 1e-12);
  EXPECT_NEAR(squares / 6, 1, 1e-12);
}

TEST(OutcomeWarpTest, OneWildValueDoesNotFlattenTheOthers) {
  const std::vector<double> values = {.1, .2, .3, .4, .5, .6, 1e9};
  const OutcomeWarp warp(values, false);
  EXPECT_GT(warp.Warp(.1) - warp.Warp(.6), .1);
  EXPECT_NEAR(warp.Unwarp(warp.Warp(1e9)), 1e9, 1);
}

TEST(OutcomeWarpTest, EqualValuesAreInTheMiddle) {
  for (const double value : {0.0, 5.0, -1e20, 1e-200}) {
    const OutcomeWarp warp(std::vector<double>(3, value), true);
    EXPECT_EQ(warp.Warp(value), 0);
    EXPECT_TRUE(std::isfinite(warp.Warp(value + 1)));
    EXPECT_TRUE(std::isfinite(warp.Unwarp(1e9)));
  }
}

}  // namespace
}  // namespace apogee
