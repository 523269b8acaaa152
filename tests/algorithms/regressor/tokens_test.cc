#include "algorithms/regressor/tokens.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::Field;

// Weights know texts by these numbers.
TEST(VocabularyTest, HashesNeverChange) {
  EXPECT_EQ(StableHash(""), 0xefd01f60ba992926);
  EXPECT_EQ(StableHash("learning_rate"), StableHash("learning_rate"));
}

size_t SharedPieces(Vocabulary& vocabulary, absl::string_view a,
                    absl::string_view b) {
  const auto pieces = [&](absl::string_view text) {
    const auto found = vocabulary.Pieces(vocabulary.Add(text));
    return std::set<int>(found.begin(), found.end());
  };
  const std::set<int> x = pieces(a);
  const std::set<int> y = pieces(b);
  std::vector<int> shared;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(),
                        std::back_inserter(shared));
  return shared.size();
}

TEST(VocabularyTest, AlikeTextsShareTheirPieces) {
  Vocabulary vocabulary(8192);
  EXPECT_EQ(vocabulary.Add("momentum"), vocabulary.Add("momentum"));
  EXPECT_GE(SharedPieces(vocabulary, "learning_rate", "init_learning_rate"),
            20U);
  EXPECT_LE(SharedPieces(vocabulary, "learning_rate", "momentum"), 1U);
  // The text itself is a piece, however short.
  EXPECT_EQ(vocabulary.Pieces(vocabulary.Add("")).size(), 1U);
}

double Distance(double a, double b) {
  float x[kNumberFeatures];
  float y[kNumberFeatures];
  NumberFeatures(a, x);
  NumberFeatures(b, y);
  double squares = 0;
  for (int i = 0; i < kNumberFeatures; ++i) {
    EXPECT_LE(std::abs(x[i]), 8);
    squares += (x[i] - y[i]) * (x[i] - y[i]);
  }
  return std::sqrt(squares);
}

TEST(NumberFeaturesTest, TellNumbersOfAllSizesApart) {
  for (double size = 1e-12; size < 1e13; size *= 10) {
    EXPECT_GT(Distance(size, 1.2 * size), .05) << size;
    EXPECT_GT(Distance(size, -size), 1.9) << size;
    EXPECT_LT(Distance(size, size * (1 + 1e-6)), .01) << size;
  }
  EXPECT_GT(Distance(0, 1e-12), 1);
  EXPECT_GT(Distance(.5, .55), .05);
}

TEST(TokensTest, FollowTheNamesAndNotTheOrderOfThePoint) {
  Vocabulary vocabulary(8192);
  const std::vector<Token> tokens =
      PointTokens({{"b", 2.0}, {"a", "word"}, {"c", 3.0}}, vocabulary);
  EXPECT_THAT(tokens, ElementsAre(Field(&Token::name, vocabulary.Add("a")),
                                  Field(&Token::name, vocabulary.Add("b")),
                                  Field(&Token::name, vocabulary.Add("c"))));
  EXPECT_EQ(tokens[0].word, vocabulary.Add("word"));
  EXPECT_EQ(tokens[1].word, -1);
  EXPECT_EQ(tokens[1].number, 2);
}

}  // namespace
}  // namespace apogee
