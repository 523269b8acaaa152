#include "algorithms/math/effects.h"

#include <string>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

std::string Choice(char first, char second, char third) {
  return {first, second, third};
}

Effects Example() {
  Effects effects({2, 3, 2}, true);
  effects.base() = 100;
  effects.layer(0) = {0, 1};
  effects.layer(1) = {0, 2, 4};
  effects.pair(0, 1) = {0, 10, 20, 30, 40, 50};
  effects.pair(1, 2) = {0, 0, 1000, 2000, 0, 0};
  return effects;
}

TEST(EffectsTest, AddUp) {
  EXPECT_EQ(Example().Of(Choice(0, 0, 0)), 100);
  EXPECT_EQ(Example().Of(Choice(1, 2, 0)), 100 + 1 + 4 + 50);
  EXPECT_EQ(Example().Of(Choice(1, 1, 1)), 100 + 1 + 2 + 40 + 2000);
}

TEST(EffectsTest, AChangeIsTheDifference) {
  const Effects effects = Example();
  const std::string before = Choice(1, 1, 1);
  for (int layer = 0; layer < 3; ++layer) {
    for (int option = 0; option < (layer == 1 ? 3 : 2); ++option) {
      std::string after = before;
      after[layer] = static_cast<char>(option);
      EXPECT_EQ(effects.Change(before, layer, option),
                effects.Of(after) - effects.Of(before));
    }
  }
}

TEST(EffectsTest, TooManyPairsAreLeftOut) {
  EXPECT_TRUE(Effects({256, 256, 128}, true).has_pairs());
  EXPECT_FALSE(Effects({256, 256, 129}, true).has_pairs());
  EXPECT_FALSE(Effects({2, 2}, false).has_pairs());
}

}  // namespace
}  // namespace apogee
