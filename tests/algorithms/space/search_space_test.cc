#include "algorithms/space/search_space.h"

#include <cmath>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::NanSensitiveDoubleEq;
using testing::Pointwise;

MATCHER_P(NearOrBothInactive, tolerance, "") {
  const auto [actual, expected] = arg;
  return IsActive(actual) == IsActive(expected) &&
         (!IsActive(actual) || std::abs(actual - expected) <= tolerance);
}

TrialParameters Parameters(absl::string_view text) {
  return ParseProto<vizier::Trial>(text).parameters();
}

Point RandomPoint(const SearchSpace& space, RandomStream& random) {
  Point point(space.size());
  for (int i = 0; i < space.size(); ++i) {
    point[i] = space.Quantile(i, random.Uniform());
  }
  space.Normalize(point);
  return point;
}

// Equal but for the rounding of doubles.
void ExpectSame(const TrialParameters& actual,
                const TrialParameters& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (int i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].parameter_id(), expected[i].parameter_id());
    EXPECT_EQ(actual[i].value().string_value(),
              expected[i].value().string_value());
    const double number = expected[i].value().number_value();
    EXPECT_NEAR(actual[i].value().number_value(), number,
                1e-9 * std::max(1.0, std::abs(number)));
  }
}

TEST(SearchSpaceTest, RoundTripsOnRandomSpaces) {
  int conditional = 0;
  int merged = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const ParameterSpecs specs = RandomSpace(seed);
    ASSERT_OK_AND_ASSIGN(const SearchSpace space, SearchSpace::Create(specs));
    conditional += space.IsConditional();
    for (const Dimension& dimension : space.dimensions()) {
      merged += dimension.conditions.size() > 1;
    }
    RandomStream random = Rng(seed).At(1);
    for (int i = 0; i < 5; ++i) {
      const Point point = RandomPoint(space, random);
      const TrialParameters parameters = space.Decode(point);
      ASSERT_OK(CheckParameters(specs, parameters));
      ASSERT_OK_AND_ASSIGN(const Point again, space.Encode(parameters));
      ASSERT_THAT(again, Pointwise(NearOrBothInactive(1e-9), point));
      ExpectSame(space.Decode(again), parameters);
    }
  }
  // The spaces are worth the name.
  EXPECT_GT(conditional, 200);
  EXPECT_GT(merged, 20);
}

TEST(SearchSpaceTest, NormalizeMakesAFeasiblePointOfAnything) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const ParameterSpecs specs = RandomSpace(seed);
    ASSERT_OK_AND_ASSIGN(const SearchSpace space, SearchSpace::Create(specs));
    RandomStream random = Rng(seed).At(2);
    Point point(space.size());
    for (double& x : point) {
      x = random.Below(4) == 0 ? kInactive : 12 * random.Uniform() - 3;
    }
    space.Normalize(point);
    ASSERT_OK(CheckParameters(specs, space.Decode(point)));
    Point again = point;
    space.Normalize(again);
    EXPECT_THAT(again, Pointwise(testing::NanSensitiveDoubleEq(), point));
  }
}

TEST(SearchSpaceTest, ScalesFollowTheProtocol) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "linear"
      double_value_spec { min_value: 1 max_value: 100 }
    }
    parameters {
      parameter_id: "log"
      scale_type: UNIT_LOG_SCALE
      double_value_spec { min_value: 1 max_value: 100 }
    }
    parameters {
      parameter_id: "reverse"
      scale_type: UNIT_REVERSE_LOG_SCALE
      double_value_spec { min_value: 1 max_value: 100 }
    }
    parameters {
      parameter_id: "single"
      double_value_spec { min_value: 3 max_value: 3 }
    }
    parameters {
      parameter_id: "integer"
      scale_type: UNIT_LOG_SCALE
      integer_value_spec { min_value: 1 max_value: 100 }
    }
    parameters {
      parameter_id: "discrete"
      scale_type: UNIT_LOG_SCALE
      discrete_value_spec { values: 1 values: 10 values: 100 }
    }
    parameters {
      parameter_id: "categorical"
      categorical_value_spec { values: "a" values: "b" }
    })pb");
  ASSERT_OK_AND_ASSIGN(const Point point, space.Encode(Parameters(R"pb(
    parameters {
      parameter_id: "linear"
      value { number_value: 10 }
    }
    parameters {
      parameter_id: "log"
      value { number_value: 10 }
    }
    parameters {
      parameter_id: "reverse"
      value { number_value: 91 }
    }
    parameters {
      parameter_id: "single"
      value { number_value: 3 }
    }
    parameters {
      parameter_id: "integer"
      value { number_value: 10 }
    }
    parameters {
      parameter_id: "discrete"
      value { number_value: 10 }
    }
    parameters {
      parameter_id: "categorical"
      value { string_value: "b" }
    })pb")));
  EXPECT_THAT(point,
              ElementsAre(DoubleNear(9.0 / 99, 1e-15), DoubleNear(0.5, 1e-15),
                          DoubleNear(0.5, 1e-15), 0.5, DoubleNear(0.5, 1e-15),
                          DoubleNear(0.5, 1e-15), 1));
}

TEST(SearchSpaceTest, EndsAndDefaultsAreExact) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "lr"
      scale_type: UNIT_LOG_SCALE
      double_value_spec {
        min_value: 1e-5
        max_value: 0.1
        default_value { value: 0.001 }
      }
    })pb");
  EXPECT_EQ(space.Decode({0})[0].value().number_value(), 1e-5);
  EXPECT_EQ(space.Decode({1})[0].value().number_value(), 0.1);
  EXPECT_EQ(space.Decode(space.DefaultPoint())[0].value().number_value(),
            0.001);
}

TEST(SearchSpaceTest, ExtremeRangesDoNotOverflow) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "all"
      double_value_spec { min_value: -1.7e308 max_value: 1.7e308 }
    }
    parameters {
      parameter_id: "tiny"
      double_value_spec { min_value: 0 max_value: 1e-320 }
    }
    parameters {
      parameter_id: "wide"
      integer_value_spec {
        min_value: -9007199254740992
        max_value: 9007199254740992
      }
    })pb");
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    const TrialParameters parameters = space.Decode({share, share, share});
    EXPECT_DOUBLE_EQ(parameters[0].value().number_value(),
                     1.7e308 * (2 * share - 1));
    EXPECT_DOUBLE_EQ(parameters[1].value().number_value(), 1e-320 * share);
    EXPECT_DOUBLE_EQ(parameters[2].value().number_value(),
                     9007199254740992.0 * (2 * share - 1));
    EXPECT_THAT(space.Encode(parameters),
                IsOkAndHolds(Pointwise(NearOrBothInactive(1e-3),
                                       Point{share, share, share})));
  }
}

TEST(SearchSpaceTest, NeighboursInAWideLinearRangeStayApart) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      integer_value_spec {
        min_value: 4503599627370496
        max_value: 9007199254740991
      }
    })pb");
  for (const int64_t index : {int64_t{0}, int64_t{1}, int64_t{4503599627370494},
                              int64_t{4503599627370495}}) {
    EXPECT_EQ(space.ValueIndexOf(0, space.CoordinateOf(0, index)), index);
  }
}

// Shares of the values at evenly spread u.
std::map<std::string, int> Histogram(const SearchSpace& space, int draws) {
  std::map<std::string, int> histogram;
  for (int i = 0; i < draws; ++i) {
    const auto value =
        space.Decode({space.Quantile(0, (i + 0.5) / draws)})[0].value();
    ++histogram[value.has_string_value() ? value.string_value()
                                         : absl::StrCat(value.number_value())];
  }
  return histogram;
}

TEST(SearchSpaceTest, QuantileGivesIntegersAndListsEqualWeight) {
  for (
      const char* text :
      {R"(parameters { parameter_id: "n" integer_value_spec { min_value: -1 max_value: 2 } })",
       R"(parameters { parameter_id: "n" scale_type: UNIT_LOG_SCALE
             discrete_value_spec { values: 1 values: 2 values: 50 values: 1000 } })",
       R"(parameters { parameter_id: "n"
             categorical_value_spec { values: "a" values: "b" values: "c" values: "d" } })"}) {
    const std::map<std::string, int> histogram =
        Histogram(MakeSpace(text), 4000);
    ASSERT_EQ(histogram.size(), 4) << text;
    for (const auto& [value, count] : histogram) {
      EXPECT_NEAR(count, 1000, 1) << value << text;
    }
  }
}

TEST(SearchSpaceTest, QuantileOfAScaledIntegerIsEvenAlongTheScale) {
  const auto histogram = Histogram(
      MakeSpace(R"pb(parameters {
                       parameter_id: "n"
                       scale_type: UNIT_LOG_SCALE
                       integer_value_spec { min_value: 1 max_value: 4 }
                     })pb"),
      9000);
  // n owns [n - 0.5, n + 0.5] of [0.5, 4.5]: ln 3 / ln 9 for 1, and so on.
  EXPECT_NEAR(histogram.at("1"), 9000 * std::log(3) / std::log(9), 2);
  EXPECT_NEAR(histogram.at("2"), 9000 * std::log(5 / 3.) / std::log(9), 2);
  EXPECT_NEAR(histogram.at("4"), 9000 * std::log(4.5 / 3.5) / std::log(9), 2);
}

TEST(SearchSpaceTest, QuantileOfADoubleIsEvenAlongTheScale) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      scale_type: UNIT_LOG_SCALE
      double_value_spec { min_value: 1e-4 max_value: 1 }
    })pb");
  for (const double u : {0.0, 0.3, 0.999}) EXPECT_EQ(space.Quantile(0, u), u);
}

constexpr char kOptimizers[] = R"pb(
  parameters {
    parameter_id: "optimizer"
    categorical_value_spec { values: "adam" values: "rms" values: "sgd" }
    conditional_parameter_specs {
      parent_categorical_values { values: "sgd" }
      parameter_spec {
        parameter_id: "momentum"
        double_value_spec { max_value: 0.99 }
      }
    }
    conditional_parameter_specs {
      parent_categorical_values { values: "rms" }
      parameter_spec {
        parameter_id: "momentum"
        double_value_spec { max_value: 0.99 }
      }
    }
  }
  parameters {
    parameter_id: "flag"
    external_type: AS_BOOLEAN
    categorical_value_spec { values: "False" values: "True" }
  }
  parameters {
    parameter_id: "layers"
    integer_value_spec { min_value: 1 max_value: 3 }
  }
  parameters {
    parameter_id: "rate"
    discrete_value_spec { values: 0 values: 0.1 values: 0.3 }
  })pb";

TEST(SearchSpaceTest, AChildUnderSeveralValuesIsOneDimension) {
  const SearchSpace space = MakeSpace(kOptimizers);
  ASSERT_EQ(space.size(), 5);
  ASSERT_EQ(space.dimension(1).conditions.size(), 1);
  EXPECT_EQ(space.dimension(1).conditions[0].parent, 0);
  EXPECT_THAT(space.dimension(1).conditions[0].values, ElementsAre(1, 2));
}

TEST(SearchSpaceTest, AChildUnderSeveralParentsStandsAfterAllOfThem) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "a"
      integer_value_spec { max_value: 1 }
      conditional_parameter_specs {
        parent_int_values { values: 1 }
        parameter_spec {
          parameter_id: "x"
          discrete_value_spec { values: 1 values: 2 }
          conditional_parameter_specs {
            parent_discrete_values { values: 2 }
            parameter_spec {
              parameter_id: "y"
              double_value_spec { max_value: 1 }
            }
          }
        }
      }
    }
    parameters {
      parameter_id: "b"
      integer_value_spec { max_value: 2 }
      conditional_parameter_specs {
        parent_int_values { values: 0 }
        parameter_spec {
          parameter_id: "x"
          discrete_value_spec { values: 1 values: 2 }
          conditional_parameter_specs {
            parent_discrete_values { values: 2 }
            parameter_spec {
              parameter_id: "y"
              double_value_spec { max_value: 1 }
            }
          }
        }
      }
    })pb");
  // a, b, x, y
  ASSERT_EQ(space.size(), 4);
  ASSERT_EQ(space.dimension(2).conditions.size(), 2);
  EXPECT_EQ(space.dimension(2).conditions[0].parent, 0);
  EXPECT_EQ(space.dimension(2).conditions[1].parent, 1);
  ASSERT_EQ(space.dimension(3).conditions.size(), 1);
  Point point = {0, 0, 1, 0.5};  // a=0, b=0, x=2, y=0.5
  space.Normalize(point);
  EXPECT_THAT(point, ElementsAre(0, 0, 1, 0.5));
  point = {0, 1, 1, 0.5};  // a=0, b=2
  space.Normalize(point);
  EXPECT_THAT(point, ElementsAre(0, 1, NanSensitiveDoubleEq(kInactive),
                                 NanSensitiveDoubleEq(kInactive)));
}

// One name with two domains under values of a parent, and something else.
std::string TwoDomains(absl::string_view first, absl::string_view second) {
  return absl::StrCat(R"(
    parameters { parameter_id: "a" integer_value_spec { max_value: 3 }
      conditional_parameter_specs { parent_int_values { values: 0 )",
                      first, R"( }
        parameter_spec { parameter_id: "x" integer_value_spec { max_value: 1 } } }
      conditional_parameter_specs { parent_int_values { values: 1 )",
                      second, R"( }
        parameter_spec { parameter_id: "x" integer_value_spec { max_value: 2 } } } })");
}

TEST(SearchSpaceTest, ANameMayMeanDifferentThingsInDifferentBranches) {
  const SearchSpace space = MakeSpace(TwoDomains("values: 2", "values: 3"));
  ASSERT_EQ(space.size(), 3);
  EXPECT_EQ(space.dimension(1).cardinality, 2);
  EXPECT_EQ(space.dimension(2).cardinality, 3);
  EXPECT_THAT(space.Encode(Parameters(R"pb(
    parameters {
      parameter_id: "a"
      value { number_value: 3 }
    }
    parameters {
      parameter_id: "x"
      value { number_value: 2 }
    })pb")),
              IsOk());
  EXPECT_THAT(space.Encode(Parameters(R"pb(
    parameters {
      parameter_id: "a"
      value { number_value: 2 }
    }
    parameters {
      parameter_id: "x"
      value { number_value: 2 }
    })pb")),
              StatusIs(StatusCode::kInvalidArgument,
                       "parameter \"x\": 2 is out of range [0, 1]"));
}

TEST(SearchSpaceTest, EqualDomainsWithDifferentChildrenAreDifferent) {
  // Under a=0, x has a y of 2 values; under a=1 one of 3.
  std::string children;
  for (const int a : {0, 1}) {
    absl::StrAppend(&children, R"(conditional_parameter_specs {
      parent_int_values { values: )",
                    a, R"( }
      parameter_spec { parameter_id: "x" integer_value_spec { max_value: 1 }
        conditional_parameter_specs { parent_int_values { values: 1 }
          parameter_spec { parameter_id: "y"
            integer_value_spec { max_value: )",
                    1 + a, "} } } } }");
  }
  const SearchSpace space = MakeSpace(
      absl::StrCat("parameters { parameter_id: \"a\" integer_value_spec { "
                   "max_value: 1 } ",
                   children, "}"));
  // a, x, y, x, y
  ASSERT_EQ(space.size(), 5);
  Point point = {1, 1, 1, 1, 1};
  space.Normalize(point);
  EXPECT_EQ(Text(point), "1 - - 1 1");
}

TEST(SearchSpaceTest, ANameMayNotMeanTwoThingsAtOnce) {
  const auto conflict =
      StatusIs(StatusCode::kInvalidArgument,
               AllOf(HasSubstr("parameter \"x\" is declared several times"),
                     HasSubstr("rename one")));
  // Both under a=2.
  EXPECT_THAT(
      SearchSpace::Create(ParseSpecs(TwoDomains("values: 2", "values: 2"))),
      conflict);
  // Above and below.
  EXPECT_THAT(SearchSpace::Create(ParseSpecs(R"pb(
                parameters {
                  parameter_id: "x"
                  integer_value_spec { max_value: 1 }
                  conditional_parameter_specs {
                    parent_int_values { values: 1 }
                    parameter_spec {
                      parameter_id: "x"
                      integer_value_spec { max_value: 1 }
                    }
                  }
                })pb")),
              conflict);
  // Under two parents that do not know of each other.
  EXPECT_THAT(SearchSpace::Create(ParseSpecs(absl::StrCat(
                  TwoDomains("", ""), R"pb(parameters {
                                             parameter_id: "x"
                                             integer_value_spec { max_value: 1 }
                                           })pb"))),
              conflict);
  // Same domain, other children: none, or one of another domain.
  for (const char* child : {"", R"(conditional_parameter_specs {
                                     parent_int_values { values: 1 }
                                     parameter_spec {
                                       parameter_id: "y"
                                       double_value_spec { max_value: 2 }
                                     }
                                   })"}) {
    EXPECT_THAT(SearchSpace::Create(ParseSpecs(absl::StrCat(
                    R"pb(parameters {
                           parameter_id: "a"
                           integer_value_spec { max_value: 1 }
                           conditional_parameter_specs {
                             parent_int_values { values: 1 }
                             parameter_spec {
                               parameter_id: "x"
                               integer_value_spec { max_value: 1 }
                               conditional_parameter_specs {
                                 parent_int_values { values: 1 }
                                 parameter_spec {
                                   parameter_id: "y"
                                   double_value_spec { max_value: 1 }
                                 }
                               }
                             }
                           }
                         })pb",
                    "parameters { parameter_id: \"x\" integer_value_spec { "
                    "max_value: 1 }",
                    child, "}"))),
                StatusIs(StatusCode::kInvalidArgument,
                         HasSubstr("is declared several times")));
  }
}

TEST(SearchSpaceTest, BranchesOfOneParentDeclaredTwiceExcludeEachOther) {
  // p, with an x of two domains, stands under m and under n: it is one p.
  constexpr char kP[] = R"(
      parameter_spec { parameter_id: "p" integer_value_spec { max_value: 1 }
        conditional_parameter_specs { parent_int_values { values: 0 }
          parameter_spec { parameter_id: "x" integer_value_spec { max_value: 1 } } }
        conditional_parameter_specs { parent_int_values { values: 1 }
          parameter_spec { parameter_id: "x" integer_value_spec { max_value: 2 } } } })";
  const SearchSpace space = MakeSpace(absl::StrCat(
      R"(parameters { parameter_id: "m" integer_value_spec { max_value: 1 }
           conditional_parameter_specs { parent_int_values { values: 1 })",
      kP, R"(} }
         parameters { parameter_id: "n" integer_value_spec { max_value: 1 }
           conditional_parameter_specs { parent_int_values { values: 1 })",
      kP, "} }"));
  EXPECT_EQ(space.size(), 5);
}

TEST(SearchSpaceTest, EncodeSaysWhatIsWrong) {
  const SearchSpace space = MakeSpace(kOptimizers);
  constexpr char kGood[] = R"(
    parameters { parameter_id: "optimizer" value { string_value: "adam" } }
    parameters { parameter_id: "flag" value { bool_value: true } }
    parameters { parameter_id: "layers" value { number_value: 2 } }
    parameters { parameter_id: "rate" value { number_value: 0.30000000000001 } })";
  EXPECT_THAT(
      space.Encode(Parameters(kGood)),
      IsOkAndHolds(ElementsAre(0, NanSensitiveDoubleEq(kInactive), 1, 0.5, 1)));
  const struct {
    const char* replaced;
    const char* by;
    const char* error;
  } cases[] = {
      {"\"optimizer\"", "\"optimiser\"",
       "parameter \"optimiser\" is not in the search space; did you mean "
       "\"optimizer\"?"},
      {"\"adam\"", "\"adan\"",
       "parameter \"optimizer\": \"adan\" is not one of its 3 values; did you "
       "mean \"adam\"?"},
      {"\"adam\"", "\"sgd\"", "parameter \"momentum\" is missing"},
      {"\"rate\"", "\"momentum\"", "parameter \"rate\" is missing"},
      {"parameters { parameter_id: \"flag\"",
       "parameters { parameter_id: \"momentum\" value { number_value: 0 } } "
       "parameters { parameter_id: \"flag\"",
       "parameter \"momentum\" is inactive: it only takes part under some "
       "values of \"optimizer\"; leave it out"},
      {"\"rate\"", "\"layers\"", "parameter \"layers\" is given twice"},
      {"number_value: 2 ", "string_value: \"2\" ",
       "parameter \"layers\": its value must be a number (number_value)"},
      {"bool_value: true", "number_value: 1",
       "parameter \"flag\": its value must be a string (string_value)"},
      {"number_value: 2 ", "number_value: 2.5 ",
       "parameter \"layers\": 2.5 is not an integer"},
      {"number_value: 2 ", "number_value: 4 ",
       "parameter \"layers\": 4 is out of range [1, 3]"},
      {"number_value: 2 ", "number_value: nan ",
       "parameter \"layers\": nan is not a finite number"},
      {"0.30000000000001", "0.3001",
       "parameter \"rate\": 0.3001 is not one of its 3 values"},
  };
  for (const auto& [replaced, by, error] : cases) {
    std::string text = kGood;
    text.replace(text.find(replaced), std::string(replaced).size(), by);
    EXPECT_THAT(space.Encode(Parameters(text)),
                StatusIs(StatusCode::kInvalidArgument, error));
  }
}

TEST(SearchSpaceTest, TheNearestValueIsNearestOnTheScale) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      scale_type: UNIT_LOG_SCALE
      discrete_value_spec { values: 1 values: 10 values: 10000 }
    })pb");
  // They lie at 0, 0.25 and 1.
  EXPECT_EQ(space.ValueIndexOf(0, 0.12), 0);
  EXPECT_EQ(space.ValueIndexOf(0, 0.13), 1);
  EXPECT_EQ(space.ValueIndexOf(0, 0.62), 1);
  EXPECT_EQ(space.ValueIndexOf(0, 0.63), 2);
}

TEST(SearchSpaceTest, DefaultPointTakesTheMiddleWhereNothingIsDeclared) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      integer_value_spec {
        min_value: 0
        max_value: 10
        default_value { value: 0 }
      }
    }
    parameters {
      parameter_id: "x"
      double_value_spec { min_value: 0 max_value: 4 }
    })pb");
  EXPECT_THAT(space.DefaultPoint(), ElementsAre(0, 0.5));
}

TEST(SearchSpaceTest, DeepAndWideSpacesAreBuiltQuickly) {
  // 32 levels.
  vizier::StudySpec spec;
  auto* level = spec.add_parameters();
  for (int depth = 0; depth < 32; ++depth) {
    level->set_parameter_id(absl::StrCat("level", depth));
    level->mutable_integer_value_spec()->set_max_value(1);
    if (depth == 31) break;
    auto* child = level->add_conditional_parameter_specs();
    child->mutable_parent_int_values()->add_values(1);
    level = child->mutable_parameter_spec();
  }
  // Thousands of values, each with an "x" of its own: no two compare.
  auto* wide = spec.add_parameters();
  wide->set_parameter_id("wide");
  wide->mutable_integer_value_spec()->set_max_value(9'000);
  for (int i = 0; i < 9'000; ++i) {
    auto* child = wide->add_conditional_parameter_specs();
    child->mutable_parent_int_values()->add_values(i);
    child->mutable_parameter_spec()->set_parameter_id("x");
    child->mutable_parameter_spec()->mutable_double_value_spec()->set_max_value(
        i);
  }
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       SearchSpace::Create(spec.parameters()));
  EXPECT_EQ(space.size(), 32 + 1 + 9'000);
  Point point(space.size(), 1);
  space.Normalize(point);
  EXPECT_EQ(space.Decode(point).size(), 32 + 1);
}

TEST(SearchSpaceTest, KnowsParametersByNameAndValue) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec { values: "a" values: "b" }
      conditional_parameter_specs {
        parent_categorical_values { values: "a" }
        parameter_spec {
          parameter_id: "n"
          integer_value_spec { min_value: 1 max_value: 5 }
        }
      }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "n"
          integer_value_spec { min_value: 1 max_value: 9 }
        }
      }
    })pb");
  EXPECT_THAT(space.Find("kind"), testing::ElementsAre(0));
  EXPECT_THAT(space.Find("n"), testing::ElementsAre(1, 2));
  EXPECT_THAT(space.Find("m"), testing::IsEmpty());
  EXPECT_EQ(space.name(2), "n");
  google::protobuf::Value value;
  value.set_number_value(5);
  EXPECT_EQ(*space.EncodeValue(1, value), 1);
  EXPECT_EQ(*space.EncodeValue(2, value), 0.5);
  EXPECT_EQ(space.DecodeValue(2, 0.5).number_value(), 5);
  value.set_number_value(7);
  EXPECT_THAT(space.EncodeValue(1, value),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("\"n\"")));
}

}  // namespace
}  // namespace apogee
