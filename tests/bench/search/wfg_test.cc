#include "tests/bench/search/wfg.h"

#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace apogee {
namespace {

Wfg Make(int function, int objectives) {
  return {.function = function,
          .objectives = objectives,
          .position = 4,
          .distance = 4};
}

std::vector<double> Scaled(std::vector<double> y) {
  double end = 0;
  for (double& value : y) value *= (end += 2);
  return y;
}

// At one point, against pymoo 0.6.2.
TEST(WfgTest, ValuesOfAnotherImplementation) {
  const std::vector<double> z =
      Scaled({0.9, 0.2, 0.6, 0.3, 0.8, 0.1, 0.45, 0.7});
  const std::vector<std::vector<double>> two = {
      {2.924602063, 0.9891457663}, {1.071134423, 4.485347985},
      {1.485347985, 2.485347985},  {1.254862464, 3.938109496},
      {2.069485108, 2.987388181},  {2.329536437, 2.503937773},
      {1.82458039, 3.564709932},   {2.019004882, 3.433218444},
      {2.193322811, 3.64863935}};
  const std::vector<std::vector<double>> three = {
      {2.861644459, 0.9861703348, 0.9946485641},
      {0.6533282981, 0.9768946686, 4.835347985},
      {},
      {0.7005686668, 2.642044499, 5.181785436},
      {1.578287916, 1.38945212, 5.381777318},
      {1.942948481, 3.308973884, 2.129837348},
      {1.31363831, 3.159805609, 4.368595352},
      {1.59247966, 2.917660249, 4.501479609},
      {1.914389075, 2.835234568, 4.703818086}};
  for (int function = 1; function <= 9; ++function) {
    for (const auto& expected : {two[function - 1], three[function - 1]}) {
      if (expected.empty()) continue;
      const auto objectives = static_cast<int>(expected.size());
      const std::vector<double> f = Make(function, objectives)(z);
      for (size_t m = 0; m < f.size(); ++m) {
        EXPECT_NEAR(f[m], expected[m], 1e-8) << function << " " << m;
      }
    }
  }
}

// Many points whose distance variables are best: none is beyond the volume, and
// together they fill nearly all of it. Not WFG1, whose y^0.02 makes much of the
// last digit.
TEST(WfgTest, VolumeIsThatOfADenseFront) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const int objectives : {2, 3}) {
    for (int function = 2; function <= 7; ++function) {
      if (function == 3 && objectives == 3) continue;
      const Wfg wfg = Make(function, objectives);
      std::vector<std::vector<double>> front;
      for (int i = 0; i < 20'000; ++i) {
        std::vector<double> y(8, 0.35);
        for (int first = 0; first < 4; first += 4 / (objectives - 1)) {
          // Those of one group alike, or, where unlike ones count, in turn 0:
          // either way they come to u.
          const double u = uniform(random);
          for (int k = first; k < first + 4 / (objectives - 1); ++k) {
            y[k] = function == 6 && k % 2 == 1 ? 0 : u;
          }
        }
        front.push_back(wfg(Scaled(y)));
      }
      const VolumeScale scale = wfg.Scale();
      const double volume = ScaledVolume(front, scale);
      EXPECT_LE(volume, scale.best + 1e-6) << function << " " << objectives;
      EXPECT_GT(volume, 0.96 * scale.best) << function << " " << objectives;
    }
  }
}

TEST(WfgTest, FrontOfTwoObjectivesFillsTheVolume) {
  for (int function = 1; function <= 9; ++function) {
    const Wfg wfg = Make(function, 2);
    EXPECT_NEAR(ScaledVolume(wfg.Front(20'001), wfg.Scale()), wfg.Scale().best,
                1e-4)
        << function;
  }
}

// WFG4 to WFG9 have a sphere for a front, and nothing lies below it.
TEST(WfgTest, NothingIsBelowTheSphere) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> uniform;
  for (int function = 4; function <= 9; ++function) {
    double nearest = 1e9;
    for (int i = 0; i < 20'000; ++i) {
      std::vector<double> y(8);
      for (double& value : y) value = uniform(random);
      const std::vector<double> f = Make(function, 3)(Scaled(y));
      const double radius = std::hypot(f[0] / 2, f[1] / 4, f[2] / 6);
      nearest = std::min(nearest, radius);
    }
    EXPECT_GE(nearest, 1) << function;
    EXPECT_LT(nearest, 1.3) << function;
  }
}

}  // namespace
}  // namespace apogee
