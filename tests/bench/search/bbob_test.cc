#include "tests/bench/search/bbob.h"

#include <cmath>

#include "base/rng.h"
#include "gtest/gtest.h"
#include "tests/bench/search/mixint.h"

namespace apogee {
namespace {

TEST(BbobTest, BestPointHasBestValue) {
  for (int function = 1; function <= Bbob::kFunctions; ++function) {
    for (const int dimension : {2, 3, 5, 10, 20, 40}) {
      for (int instance = 1; instance <= 5; ++instance) {
        const Bbob bbob(function, dimension, instance);
        EXPECT_NEAR(bbob(bbob.x_opt()), bbob.f_opt(), 1e-9)
            << function << " " << dimension << " " << instance;
      }
    }
  }
}

TEST(BbobTest, NoOtherPointIsBetter) {
  const Rng rng(1);
  for (int function = 1; function <= Bbob::kFunctions; ++function) {
    const Bbob bbob(function, 3, 2);
    for (int i = 0; i < 300; ++i) {
      RandomStream random = rng.At(i);
      // Near and far.
      const double step = i % 2 == 0 ? 0.01 : 10;
      std::vector<double> x = bbob.x_opt();
      for (double& value : x) value += step * (random.Uniform() - 0.5);
      EXPECT_GE(bbob(x), bbob.f_opt() - 1e-9) << function;
    }
  }
}

TEST(BbobTest, InstancesDiffer) {
  for (int function = 1; function <= Bbob::kFunctions; ++function) {
    const std::vector<double> x = {0.5, -0.5};
    EXPECT_NE(Bbob(function, 2, 1)(x), Bbob(function, 2, 2)(x)) << function;
  }
}

// Of instance 3 in five dimensions, by an implementation that agrees with COCO
// in all of its test vectors.
TEST(BbobTest, ValuesStay) {
  const std::vector<double> x = {0.3, -1.2, 2.5, -3.1, 4.4};
  const std::vector<double> expected = {
      -161.57287168,     60388900.7496036, 7532.62792247325,  2671.51225935782,
      242.034191549829,  89246.6248416289, 699.734184747445,  3414.66384556692,
      13671.8440819257,  275374.859245962, 47131723.3543409,  1024040466.02483,
      1960.67457468635,  156.717272273062, 375.641271229644,  123.318925974092,
      300.759242207475,  436.93170117397,  259.277388666921,  25901.3006190768,
      -311.105003440981, 35.1283813602965, -120.434352087811, 126.238737803821};
  for (int function = 1; function <= Bbob::kFunctions; ++function) {
    const double value = Bbob(function, 5, 3)(x);
    EXPECT_NEAR(value, expected[function - 1], 1e-9 * std::abs(value))
        << function;
  }
}

TEST(MixintTest, BestPointIsWholeAndHasBestValue) {
  for (int function = 1; function <= Bbob::kFunctions; ++function) {
    for (int instance = 1; instance <= 3; ++instance) {
      const Mixint mixint(function, 10, instance);
      EXPECT_NEAR(mixint(mixint.x_opt()), mixint.f_opt(), 1e-9);
      for (int i = 0; i < 8; ++i) {
        const double x = mixint.x_opt()[i];
        EXPECT_EQ(x, std::floor(x));
        EXPECT_GE(x, 0);
        EXPECT_LT(x, mixint.Values(i));
      }
    }
  }
}

TEST(MixintTest, KindsOfVariables) {
  const Mixint mixint(1, 10, 1);
  const std::vector<int> values = {2, 2, 4, 4, 8, 8, 16, 16, 0, 0};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(mixint.Values(i), values[i]) << i;
}

TEST(MixintTest, EveryWholeValueCounts) {
  const Mixint mixint(1, 5, 1);
  std::vector<double> x = mixint.x_opt();
  for (int value = 0; value < 16; ++value) {
    x[3] = value;
    EXPECT_EQ(mixint(x) > mixint.f_opt() + 1e-9, value != mixint.x_opt()[3]);
  }
}

}  // namespace
}  // namespace apogee
