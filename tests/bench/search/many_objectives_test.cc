#include "tests/bench/search/many_objectives.h"

#include <cmath>

#include "gtest/gtest.h"

namespace apogee {
namespace {

TEST(ZdtTest, FrontIsWhereTheDistanceVariablesAreZero) {
  for (const int function : {1, 2, 3, 4, 6}) {
    const Zdt zdt = {.function = function, .dimensions = 10};
    std::vector<double> x(10);
    x[0] = 0.08;
    const std::vector<double> f = zdt(x);
    double nearest = 1e9;
    for (const std::vector<double>& point : zdt.Front(20'000)) {
      nearest = std::min(nearest, std::hypot(point[0] - f[0], point[1] - f[1]));
    }
    EXPECT_LT(nearest, 1e-3) << function;
    x[5] = 0.3;
    EXPECT_GT(zdt(x)[1], f[1]) << function;
  }
}

// Literature: 0.8767 for ZDT1 and 4, 0.5433 for ZDT2.
TEST(ZdtTest, VolumeIsThatOfADenseFront) {
  EXPECT_NEAR((Zdt{1, 30}).Scale().best, 0.8767, 1e-4);
  EXPECT_NEAR((Zdt{2, 30}).Scale().best, 0.5433, 1e-4);
  EXPECT_NEAR((Zdt{4, 10}).Scale().best, 0.8767, 1e-4);
  for (const int function : {1, 2, 3, 4, 6}) {
    const Zdt zdt = {.function = function, .dimensions = 10};
    const double volume = ScaledVolume(zdt.Front(2'000), zdt.Scale());
    EXPECT_LE(volume, zdt.Scale().best + 1e-9) << function;
    EXPECT_NEAR(volume, zdt.Scale().best, 3e-3) << function;
  }
}

// Literature: 1.1643 for DTLZ1 and 0.8074 for DTLZ2 with three objectives,
// 0.4246 for DTLZ2 with two.
TEST(DtlzTest, KnownVolumes) {
  EXPECT_NEAR((Dtlz{1, 7, 3}).Scale().best, 1.1643, 1e-4);
  EXPECT_NEAR((Dtlz{2, 12, 3}).Scale().best, 0.8074, 1e-4);
  EXPECT_NEAR((Dtlz{2, 11, 2}).Scale().best, 0.4246, 1e-4);
}

// Points whose distance variables are best lie on the front: many of them fill
// nearly all of its volume, and never more.
TEST(DtlzTest, VolumeIsThatOfADenseFront) {
  for (int function = 1; function <= 7; ++function) {
    for (const int objectives : {2, 3}) {
      const Dtlz dtlz = {.function = function,
                         .dimensions = objectives + 2,
                         .objectives = objectives};
      std::vector<std::vector<double>> front;
      const int steps = objectives == 2 ? 2000 : 150;
      for (int i = 0; i <= steps; ++i) {
        for (int j = 0; j <= (objectives == 2 ? 0 : steps); ++j) {
          std::vector<double> x(dtlz.dimensions, function >= 6 ? 0 : 0.5);
          const std::vector<double> at = {1.0 * i / steps, 1.0 * j / steps};
          for (int k = 0; k + 1 < objectives; ++k) {
            // Undoes the crowding of DTLZ4.
            x[k] = function == 4 ? std::pow(at[k], 0.01) : at[k];
          }
          front.push_back(dtlz(x));
        }
      }
      const double best = dtlz.Scale().best;
      const double volume = ScaledVolume(front, dtlz.Scale());
      EXPECT_LE(volume, best + 1e-6) << function << " " << objectives;
      EXPECT_GT(volume, 0.97 * best) << function << " " << objectives;
    }
  }
}

}  // namespace
}  // namespace apogee
