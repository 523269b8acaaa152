#include "algorithms/regressor/number_code.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/tokens.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

// Of either sign, evenly spread over the powers of ten.
double AnyNumber(RandomStream& random) {
  const double size = std::pow(10.0, -30 + 60 * random.Uniform());
  return random.Below(2) == 0 ? size : -size;
}

TEST(NumberCodeTest, TextsAreTheGoldenOnes) {
  const std::vector<std::pair<double, std::string>> golden = {
      {93, "<+><E1><9><3><0><0>"},
      {-0.00123456, "<-><E-3><1><2><3><5>"},
      {0, "<+><E-30><0><0><0><0>"},
      {-0.0, "<+><E-30><0><0><0><0>"},
      {9.9996e5, "<+><E6><1><0><0><0>"},
      {1e-30, "<+><E-30><1><0><0><0>"},
      {5e-32, "<+><E-30><0><0><5><0>"},
      {-1e300, "<-><E30><9><9><9><9>"},
      {std::numeric_limits<double>::denorm_min(), "<+><E-30><0><0><0><0>"},
  };
  for (const auto& [value, text] : golden) {
    EXPECT_EQ(NumberText(EncodeNumber(value)), text) << value;
  }
  EXPECT_EQ(NumberText(kInfeasibleTokens), "<INFEASIBLE>");
  EXPECT_EQ(DecodeNumber(kInfeasibleTokens), std::nullopt);
}

TEST(NumberCodeTest, NumbersComeBackWithinHalfAStep) {
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < 100000; ++i) {
    const double value = AnyNumber(random);
    const NumberTokens tokens = EncodeNumber(value);
    const double back = DecodeNumber(tokens).value();
    ASSERT_LE(std::abs(back - value), 5.0001e-4 * std::abs(value)) << value;
    // And what comes back stays.
    ASSERT_EQ(EncodeNumber(back), tokens) << value;
  }
}

TEST(NumberCodeTest, TokensCompareAsTheirNumbersDo) {
  RandomStream random = Rng(2).At(0);
  double before = 0;
  for (int i = 0; i < 100000; ++i) {
    // Neighbours as well as numbers far apart.
    const double value =
        i % 2 == 0 ? AnyNumber(random) : before * (1 + .002 * random.Normal());
    const NumberTokens a = EncodeNumber(before);
    const NumberTokens b = EncodeNumber(value);
    ASSERT_EQ(a < b, *DecodeNumber(a) < *DecodeNumber(b)) << value;
    if (before < value) {
      ASSERT_LE(a, b) << value;
    }
    ASSERT_LT(kInfeasibleTokens, b);
    before = value;
  }
}

TEST(NumberCodeTest, EveryLegalTokenLeadsToANumberThatIsEncodedSo) {
  RandomStream random = Rng(3).At(0);
  for (int i = 0; i < 100000; ++i) {
    NumberTokens tokens = {random.Below(2) == 0 ? kMinusToken : kPlusToken};
    for (int position = 1; position < kNumberTokens; ++position) {
      do {
        tokens[position] = static_cast<int>(
            random.Below(static_cast<uint64_t>(kTokenChoices[position])));
      } while (!IsLegalToken(tokens, position, tokens[position]));
    }
    const double value = DecodeNumber(tokens).value();
    if (value == 0) continue;
    ASSERT_EQ(EncodeNumber(value), tokens) << value;
  }
}

// A made-up model: of each prefix, some probabilities.
std::vector<float> Probabilities(const NumberTokens& prefix, int position,
                                 uint64_t model) {
  std::string key = absl::StrCat(model, ":");
  for (int i = 0; i < position; ++i) absl::StrAppend(&key, prefix[i], ",");
  RandomStream random = Rng(StableHash(key)).At(0);
  std::vector<float> probabilities(
      static_cast<size_t>(kTokenChoices[position]));
  for (float& probability : probabilities) {
    // A few are large.
    probability = static_cast<float>(std::exp(3 * random.Normal()));
  }
  return probabilities;
}

double Sample(uint64_t model, RandomStream& random) {
  NumberTokens tokens = {};
  for (int position = 0; position < kNumberTokens; ++position) {
    std::vector<float> weights = Probabilities(tokens, position, model);
    if (position == 0) weights[kInfeasibleToken] = 0;
    double sum = 0;
    for (size_t token = 0; token < weights.size(); ++token) {
      if (!IsLegalToken(tokens, position, static_cast<int>(token))) {
        weights[token] = 0;
      }
      sum += weights[token];
    }
    double left = random.Uniform() * sum;
    int token = 0;
    while (left >= weights[token]) left -= weights[token++];
    tokens[position] = token;
  }
  return *DecodeNumber(tokens);
}

TEST(QuantileDescentTest, FindsTheQuantilesOfSamples) {
  constexpr int kSamples = 20000;
  for (uint64_t model = 0; model < 5; ++model) {
    RandomStream random = Rng(4).At(model);
    std::vector<double> samples;
    samples.reserve(kSamples);
    for (int i = 0; i < kSamples; ++i) {
      samples.push_back(Sample(model, random));
    }
    std::sort(samples.begin(), samples.end());
    double before = -std::numeric_limits<double>::infinity();
    for (const double u : {.05, .16, .25, .5, .75, .84, .95}) {
      QuantileDescent descent(u);
      for (int position = 0; position < kNumberTokens; ++position) {
        descent.Advance(Probabilities(descent.tokens(), position, model));
      }
      const double value = descent.Value();
      ASSERT_GT(value, before);
      before = value;
      // Samples have no more than six tokens, so those that share the
      // quantile's count neither below it nor above.
      const double own = *DecodeNumber(descent.tokens());
      const auto below = std::lower_bound(samples.begin(), samples.end(), own);
      const auto above = std::upper_bound(samples.begin(), samples.end(), own);
      const double error = 3 * std::sqrt(u * (1 - u) / kSamples);
      EXPECT_LE(static_cast<double>(below - samples.begin()) / kSamples,
                u + error);
      EXPECT_GE(static_cast<double>(above - samples.begin()) / kSamples,
                u - error);
    }
  }
}

TEST(QuantileDescentTest, IgnoresTheChanceToBeInfeasible) {
  QuantileDescent descent(.5);
  descent.Advance({.98F, 0, .02F});
  EXPECT_EQ(descent.tokens()[0], kPlusToken);
}

}  // namespace
}  // namespace apogee
