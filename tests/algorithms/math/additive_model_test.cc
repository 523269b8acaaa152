#include "algorithms/math/additive_model.h"

#include <string>
#include <vector>

#include "base/rng.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// 5 + 2 a + b, with a of 0, 1, 2 and b of 0, 1, `more` if both are 1, and
// noise.
AdditiveModel Fitted(int examples, double noise, double more = 0,
                     bool with_pairs = false) {
  AdditiveModel model({3, 2}, with_pairs, examples / 2);
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < examples; ++i) {
    const auto a = static_cast<char>(random.Below(3));
    const auto b = static_cast<char>(random.Below(2));
    model.Add(std::string{a, b}, 5 + 2 * a + b + (a == 1 && b == 1 ? more : 0) +
                                     noise * random.Normal());
  }
  return model;
}

double Predict(const AdditiveModel& model, char a, char b) {
  return model.effects().Of({a, b});
}

TEST(AdditiveModelTest, FindsASumOfTerms) {
  for (const bool with_pairs : {false, true}) {
    const AdditiveModel model = Fitted(100, 0, 0, with_pairs);
    for (const char a : {'\0', '\1', '\2'}) {
      for (const char b : {'\0', '\1'}) {
        EXPECT_NEAR(Predict(model, a, b), 5 + 2 * a + b, 0.01);
      }
    }
    EXPECT_LT(model.deviation(), 0.01);
  }
}

TEST(AdditiveModelTest, PairsAreLearnedOnRequest) {
  EXPECT_NEAR(Predict(Fitted(500, 0, 3, true), 1, 1), 11, 0.2);
  EXPECT_NEAR(Predict(Fitted(500, 0, 3, true), 0, 1), 6, 0.2);
  EXPECT_LT(Predict(Fitted(500, 0, 3, false), 1, 1), 10.5);
}

TEST(AdditiveModelTest, KnowsHowFarExamplesAreFromIt) {
  EXPECT_NEAR(Fitted(2000, 0.5).deviation(), 0.5, 0.05);
}

TEST(AdditiveModelTest, NothingIsSaidOfOptionsThatWereNeverSeen) {
  AdditiveModel model({2, 2}, true, 1);
  EXPECT_TRUE(model.Add(std::string("\0\0", 2), 3));
  EXPECT_EQ(model.effects().layer(0)[1], 0);
  EXPECT_NEAR(Predict(model, 0, 0), 3, 1e-9);
}

TEST(AdditiveModelTest, FitsAfterTheFirstExamplesAndThenNowAndAgain) {
  AdditiveModel model({2, 2}, false, 80);
  std::vector<int64_t> fits;
  for (int i = 0; i < 103; ++i) {
    if (model.Add(std::string(2, static_cast<char>(i % 2)), i)) {
      fits.push_back(model.examples());
    }
  }
  EXPECT_THAT(fits, testing::ElementsAre(80, 91, 103));
}

}  // namespace
}  // namespace apogee
