#include "proto/linear_constraint.h"

#include <cmath>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// "2 a -1 b in [1, 4]"
std::string Read(absl::string_view text) {
  const absl::StatusOr<LinearConstraint> constraint =
      ParseLinearConstraint(text);
  if (!constraint.ok()) return std::string(constraint.status().message());
  EXPECT_EQ(constraint->text, text);
  std::string result;
  for (const LinearConstraint::Term& term : constraint->terms) {
    absl::StrAppend(&result, term.weight, " ", term.parameter, " ");
  }
  return absl::StrCat(result, "in [", constraint->min, ", ", constraint->max,
                      "]");
}

TEST(ParseLinearConstraint, ReadsSumsOnBothSides) {
  EXPECT_EQ(Read("a + b = 1"), "1 a 1 b in [1, 1]");
  EXPECT_EQ(Read("a+b==1"), "1 a 1 b in [1, 1]");
  EXPECT_EQ(Read("2*a - 0.5 b <= 4"), "2 a -0.5 b in [-inf, 4]");
  EXPECT_EQ(Read("-a + 3 >= 1e-1 * b"), "-1 a -0.1 b in [-3, inf]");
  EXPECT_EQ(Read("8 >= a.x + 2b"), "-1 a.x -2 b in [-8, inf]");
  EXPECT_EQ(Read("a + a - 2*b <= 3 + c"), "2 a -2 b -1 c in [-inf, 3]");
  EXPECT_EQ(Read("2e = 4"), "2 e in [4, 4]");
  EXPECT_EQ(Read("2e1 = 4 x"), "-4 x in [-20, -20]");
}

TEST(ParseLinearConstraint, TakesAnyNameInQuotes) {
  EXPECT_EQ(Read("'learning-rate' + \"2 b\" <= 1"),
            "1 learning-rate 1 2 b in [-inf, 1]");
  EXPECT_EQ(Read("größe <= 1"), "1 größe in [-inf, 1]");
}

TEST(ParseLinearConstraint, SaysWhereAndWhy) {
  EXPECT_EQ(Read("a + b"),
            "constraint \"a + b\": expected <=, >= or = next, at its end");
  EXPECT_EQ(Read("a + <= 1"),
            "constraint \"a + <= 1\": expected a parameter or a number next, "
            "at \"<= 1\"");
  EXPECT_EQ(Read("a < 1"),
            "constraint \"a < 1\": expected <=, >= or = next, at \"< 1\"");
  EXPECT_EQ(Read("a <= 1 <= b"),
            "constraint \"a <= 1 <= b\": expected the end, + or - next, at "
            "\"<= b\"");
  EXPECT_THAT(Read("a - a <= 1"), HasSubstr("it bounds no parameter"));
  EXPECT_THAT(Read("1 <= 2"), HasSubstr("it bounds no parameter"));
  EXPECT_THAT(Read("1e999 a <= 2"), HasSubstr("too large"));
  EXPECT_THAT(Read("'a <= 1"), HasSubstr("expected a parameter"));
  EXPECT_THAT(Read("''<= 1"), HasSubstr("expected a parameter"));
  EXPECT_THAT(Read("2 * 3 <= a"), HasSubstr("expected a parameter"));
  EXPECT_THAT(Read(""), HasSubstr("expected a parameter"));
}

}  // namespace
}  // namespace apogee
