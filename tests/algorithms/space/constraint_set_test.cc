// Linear constraints, through SearchSpace.

#include "algorithms/space/constraint_set.h"

#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/space/search_space.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

std::string Double(absl::string_view name, double min, double max) {
  return absl::StrCat("parameters { parameter_id: '", name,
                      "' double_value_spec { min_value: ", min,
                      " max_value: ", max, " } }");
}
std::string Integer(absl::string_view name, int min, int max) {
  return absl::StrCat("parameters { parameter_id: '", name,
                      "' integer_value_spec { min_value: ", min,
                      " max_value: ", max, " } }");
}

absl::StatusOr<SearchSpace> Make(absl::string_view specs,
                                 const std::vector<std::string>& constraints) {
  std::vector<LinearConstraint> parsed;
  for (const std::string& text : constraints) {
    absl::StatusOr<LinearConstraint> constraint = ParseLinearConstraint(text);
    EXPECT_OK(constraint);
    parsed.push_back(*std::move(constraint));
  }
  return SearchSpace::Create(ParseSpecs(specs), parsed);
}

std::map<std::string, double> Numbers(const SearchSpace& space,
                                      const Point& point) {
  std::map<std::string, double> numbers;
  for (const auto& parameter : space.Decode(point)) {
    numbers[parameter.parameter_id()] = parameter.value().number_value();
  }
  return numbers;
}

Point RandomPoint(const SearchSpace& space, uint64_t i) {
  RandomStream random = Rng(5).At(i);
  Point point;
  for (int k = 0; k < space.size(); ++k) {
    point.push_back(space.Quantile(k, random.Uniform()));
  }
  return point;
}

// Normalizes random points; each must keep the constraints, stay as it is when
// normalized again, and be told from one that does not keep them.
void CheckRandomPoints(
    const SearchSpace& space, int count,
    const std::function<bool(std::map<std::string, double>)>& holds) {
  std::set<std::string> different;
  for (int i = 0; i < count; ++i) {
    Point point = RandomPoint(space, static_cast<uint64_t>(i));
    space.Normalize(point);
    ASSERT_TRUE(holds(Numbers(space, point))) << Text(point);
    ASSERT_TRUE(space.KeepsConstraints(point));
    Point again = point;
    space.Normalize(again);
    ASSERT_EQ(Text(again), Text(point));
    ASSERT_OK(space.Encode(space.Decode(point)));
    different.insert(Text(point));
  }
  EXPECT_GT(different.size(), count * 9 / 10) << "not all the same way out";
}

TEST(ConstraintSet, MixtureWeightsAddUpToOne) {
  std::string specs;
  for (const char* name : {"a", "b", "c", "d"}) specs += Double(name, 0, 1);
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       Make(specs, {"a + b + c + d = 1"}));
  CheckRandomPoints(space, 300, [](const std::map<std::string, double>& at) {
    double sum = 0;
    for (const auto& [name, number] : at) sum += number;
    return std::abs(sum - 1) < 1e-8;
  });
}

TEST(ConstraintSet, ExpertsOverLayersUnderAFixedTotal) {
  std::string specs;
  std::string sum;
  for (int layer = 0; layer < 12; ++layer) {
    specs += Integer(absl::StrCat("experts", layer), 1, 16);
    absl::StrAppend(&sum, layer == 0 ? "" : " + ", "experts", layer);
  }
  ASSERT_OK_AND_ASSIGN(const SearchSpace space, Make(specs, {sum + " = 64"}));
  CheckRandomPoints(space, 300, [](const std::map<std::string, double>& at) {
    double total = 0;
    for (const auto& [name, number] : at) total += number;
    return total == 64;
  });
}

TEST(ConstraintSet, SeveralAtOnceOnMixedKinds) {
  const std::string specs = absl::StrCat(
      Integer("n", 1, 100), Double("x", -5, 5),
      "parameters { parameter_id: 'lr' scale_type: UNIT_LOG_SCALE "
      "double_value_spec { min_value: 1e-4 max_value: 10 } }"
      "parameters { parameter_id: 'd' discrete_value_spec { values: 1 "
      "values: 4 values: 32 } }"
      "parameters { parameter_id: 'c' categorical_value_spec { values: 'u' "
      "values: 'v' } }");
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(specs, {"2*n + d <= 60", "x >= lr", "n - 3 x >= 4"}));
  CheckRandomPoints(space, 300, [](std::map<std::string, double> at) {
    return 2 * at["n"] + at["d"] <= 60 && at["x"] >= at["lr"] - 1e-8 &&
           at["n"] - 3 * at["x"] >= 4 - 1e-6;
  });
}

TEST(ConstraintSet, APointThatKeepsThemStaysWhereItIs) {
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(absl::StrCat(Double("a", 0, 1), Double("b", 0, 1)), {"a + b <= 1"}));
  Point point = {0.25, 0.5};
  space.Normalize(point);
  EXPECT_EQ(point, Point({0.25, 0.5}));
  point = {0.9, 0.6};
  space.Normalize(point);
  EXPECT_NEAR(point[0] / point[1], 1.5, 1e-9) << "both give up the same share";
}

TEST(ConstraintSet, InactiveParametersCountAsNothing) {
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(absl::StrCat(Double("a", 0, 1),
                        "parameters { parameter_id: 'kind' "
                        "categorical_value_spec { values: 'u' values: 'v' } "
                        "conditional_parameter_specs { "
                        "parent_categorical_values { values: 'v' } "
                        "parameter_spec { parameter_id: 'b' double_value_spec "
                        "{ max_value: 1 } } } }"),
           {"a + b = 1"}));
  Point without = {0.5, 0, 0.5};
  space.Normalize(without);
  EXPECT_EQ(Text(without), Text({1, 0, kInactive}));
  Point with = {0.25, 1, 0.25};
  space.Normalize(with);
  EXPECT_EQ(Text(with), Text({0.5, 1, 0.5}));
}

TEST(ConstraintSet, WhereRepairEndsNowhereAKnownPointStandsIn) {
  // 3 a + 5 b = 22 has only (4, 2) in these ranges, and single steps do not
  // lead there from everywhere.
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(absl::StrCat(Integer("a", 0, 6), Integer("b", 0, 3)),
           {"3*a + 5*b = 22"}));
  for (uint64_t i = 0; i < 50; ++i) {
    Point point = RandomPoint(space, i);
    space.Normalize(point);
    EXPECT_THAT(Numbers(space, point),
                testing::UnorderedElementsAre(testing::Pair("a", 4),
                                              testing::Pair("b", 2)));
  }
}

TEST(ConstraintSet, AGridHasThePointsThatKeepThem) {
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(absl::StrCat(Integer("a", 0, 2), Integer("b", 0, 2)),
           {"a + b = 2"}));
  ASSERT_OK_AND_ASSIGN(const auto grid, MakeAlgorithm("GRID_SEARCH", space));
  EXPECT_THAT(Suggest(*grid, 1, 0, 9),
              testing::ElementsAre(Point{1, 0}, Point{0.5, 0.5}, Point{0, 1}));
  ASSERT_OK_AND_ASSIGN(const SearchSpace none,
                       Make(absl::StrCat(Double("a", 0, 1), Double("b", 0, 1)),
                            {"a + b = 0.123"}));
  EXPECT_THAT(MakeAlgorithm("GRID_SEARCH", none),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("no point of the grid")));
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace large,
      Make(absl::StrCat(Integer("a", 0, 9999), Integer("b", 0, 9999)),
           {"a <= b"}));
  EXPECT_THAT(
      MakeAlgorithm("GRID_SEARCH", large, R"({"integer_points": 10000})"),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("100000 points")));
}

TEST(ConstraintSet, RefusesWhatCanNotBe) {
  const std::string specs = absl::StrCat(
      Double("a", 0, 1), Double("rate", 0, 1),
      "parameters { parameter_id: 'c' categorical_value_spec { values: 'u' } "
      "}");
  EXPECT_THAT(Make(specs, {"a + rat <= 1"}),
              StatusIs(StatusCode::kInvalidArgument,
                       "constraint \"a + rat <= 1\": parameter \"rat\" is not "
                       "in the search space; did you mean \"rate\"?"));
  EXPECT_THAT(Make(specs, {"a + c <= 1"}),
              StatusIs(StatusCode::kInvalidArgument,
                       "constraint \"a + c <= 1\": parameter \"c\" is "
                       "categorical; it has no number"));
  EXPECT_THAT(
      Make(specs, {"a + rate >= 3"}),
      StatusIs(StatusCode::kInvalidArgument,
               "no point of the search space was found that keeps the "
               "constraints; constraint \"a + rate >= 3\" does not hold: it "
               "is missed by 1"));
}

TEST(ConstraintSet, PointsFromElsewhereAreChecked) {
  ASSERT_OK_AND_ASSIGN(
      const SearchSpace space,
      Make(absl::StrCat(Double("a", 0, 1), Double("b", 0, 1)), {"a + b = 1"}));
  SearchSpace::Parameters parameters = space.Decode({0.5, 0.75});
  EXPECT_THAT(space.Encode(parameters),
              StatusIs(StatusCode::kInvalidArgument,
                       "constraint \"a + b = 1\" does not hold: it is missed "
                       "by 0.25"));
}

}  // namespace
}  // namespace apogee
