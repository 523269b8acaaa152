#include "algorithms/math/additive_model.h"

#include <string>

#include "base/rng.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// 5 + 2 a + b, with a of 0, 1, 2 and b of 0, 1, and noise.
AdditiveModel Fitted(int examples, double noise) {
  AdditiveModel model({3, 2});
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < examples; ++i) {
    const auto a = static_cast<char>(random.Below(3));
    const auto b = static_cast<char>(random.Below(2));
    model.Add(std::string{a, b}, 5 + 2 * a + b + noise * random.Normal());
  }
  model.Fit();
  return model;
}

double Predict(const AdditiveModel& model, int a, int b) {
  return model.base() + model.terms()[0][a] + model.terms()[1][b];
}

TEST(AdditiveModelTest, FindsASumOfTerms) {
  const AdditiveModel model = Fitted(100, 0);
  for (const int a : {0, 1, 2}) {
    for (const int b : {0, 1}) {
      EXPECT_NEAR(Predict(model, a, b), 5 + 2 * a + b, 0.01);
    }
  }
  EXPECT_LT(model.deviation(), 0.01);
}

TEST(AdditiveModelTest, KnowsHowFarExamplesAreFromIt) {
  EXPECT_NEAR(Fitted(2000, 0.5).deviation(), 0.5, 0.05);
}

TEST(AdditiveModelTest, NothingIsSaidOfOptionsThatWereNeverSeen) {
  AdditiveModel model({2, 2});
  model.Add(std::string("\0\0", 2), 3);
  model.Fit();
  EXPECT_EQ(model.terms()[0][1], 0);
  EXPECT_NEAR(Predict(model, 0, 0), 3, 1e-9);
}

}  // namespace
}  // namespace apogee
