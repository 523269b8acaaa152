#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// Widths of six layers, and no other parameter.
std::string Layers() {
  std::string text;
  for (int i = 0; i < 6; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'layer", i,
                    "' discrete_value_spec { values: 8 values: 16 values: 24 "
                    "values: 32 values: 40 } }");
  }
  return text;
}

// Every width costs itself.
std::string LayerOptions(int max_cost) {
  std::string text = "{\"cost\": {";
  for (int i = 0; i < 6; ++i) {
    absl::StrAppend(&text, i > 0 ? "," : "", "\"layer", i,
                    R"(": {"8": 8, "16": 16, "24": 24, "32": 32, "40": 40})");
  }
  absl::StrAppend(&text, "}, \"max_cost\": ", max_cost, "}");
  return text;
}

double Width(double coordinate) { return 8 + 32 * coordinate; }

double Cost(const Point& point) {
  double cost = 0;
  for (const double x : point) cost += Width(x);
  return cost;
}

// A bottleneck: the first and the last layer should be wide.
double Quality(const Point& point) {
  double quality = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    quality += (i == 0 || i == 5 ? 5 : 1) * std::sqrt(Width(point[i]));
  }
  return quality;
}

// The points of a study whose trials end one after the other.
std::vector<Point> RunStudy(
    Algorithm& algorithm, int trials,
    const std::function<std::vector<double>(const Point&)>& f) {
  std::vector<Point> points;
  const Rng rng(3);
  for (int i = 0; i < trials; ++i) {
    const Suggestion next = (*algorithm.Suggest({1, i, {}, rng}))[0];
    EXPECT_OK(algorithm.Observe({{i, next.point, f(next.point), next.memo}}));
    points.push_back(next.point);
  }
  return points;
}

TEST(PolicyGradientTest, KeepsToTheCostAndFindsTheBottleneck) {
  const SearchSpace space = MakeSpace(Layers());
  // Of all combinations, 3 % cost no more than 112; the best of them are
  // 40 8 8 8 8 40.
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("POLICY_GRADIENT", space, LayerOptions(112)));
  const auto points = RunStudy(*search, 1'500, [](const Point& point) {
    return std::vector<double>{Quality(point)};
  });
  for (const Point& point : points) ASSERT_LE(Cost(point), 112);
  EXPECT_EQ(Text(points.back()), "1 0 0 0 0 1");
}

TEST(PolicyGradientTest, KeepsToACostThatAlmostNothingMeets) {
  const SearchSpace space = MakeSpace(Layers());
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("POLICY_GRADIENT", space, LayerOptions(48)));
  for (const Point& point : Suggest(*search, 1, 0, 5)) {
    EXPECT_EQ(Cost(point), 48);
  }
}

TEST(PolicyGradientTest, WithoutATableTheOutcomesTeachTheLimit) {
  const SearchSpace space = MakeSpace(Layers());
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("POLICY_GRADIENT", space, "{}", {{}, {.threshold = -112}}));
  const auto points = RunStudy(*search, 2'000, [](const Point& point) {
    return std::vector<double>{Quality(point), -Cost(point)};
  });
  int kept = 0;
  for (size_t i = 1'500; i < points.size(); ++i) {
    kept += Cost(points[i]) <= 112;
  }
  EXPECT_GT(kept, 350);
}

TEST(PolicyGradientTest, FindsTheRegionOfGoodNumbers) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "n"
      scale_type: UNIT_LOG_SCALE
      integer_value_spec { min_value: 1 max_value: 1000 }
    })pb");
  for (const char* numbers : {"ordered", "categories"}) {
    ASSERT_OK_AND_ASSIGN(
        const auto search,
        MakeAlgorithm("POLICY_GRADIENT", space,
                      absl::StrCat("{\"numbers\": \"", numbers, "\"}")));
    const auto points = RunStudy(*search, 600, [](const Point& point) {
      return std::vector<double>{-std::abs(point[0] - 0.75) -
                                 std::abs(point[1] - 0.25)};
    });
    int near = 0;
    for (size_t i = 500; i < 600; ++i) {
      near += std::abs(points[i][0] - 0.75) < 0.15 &&
              std::abs(points[i][1] - 0.25) < 0.15;
    }
    EXPECT_GT(near, 60) << numbers;
  }
}

constexpr char kConditional[] = R"pb(
  parameters {
    parameter_id: "kind"
    categorical_value_spec { values: "small" values: "deep" }
    conditional_parameter_specs {
      parent_categorical_values { values: "deep" }
      parameter_spec {
        parameter_id: "depth"
        integer_value_spec { min_value: 1 max_value: 4 }
      }
    }
  }
  parameters {
    parameter_id: "x"
    double_value_spec { max_value: 1 }
  })pb";

// "small" itself costs more than "deep", but "deep" brings a depth with it.
TEST(PolicyGradientTest, OnlyWhatIsActiveCosts) {
  const SearchSpace space = MakeSpace(kConditional);
  const auto make = [&](double max_cost) {
    return MakeAlgorithm(
        "POLICY_GRADIENT", space,
        absl::StrCat(R"({"cost": {"kind": {"small": 3, "deep": 1}, )",
                     R"("depth": {"1": 4, "2": 5, "3": 6, "4": 7}}, )",
                     R"("max_cost": )", max_cost, "}"));
  };
  ASSERT_OK_AND_ASSIGN(const auto search, make(3));
  for (const Point& point : Suggest(*search, 1, 0, 50)) {
    EXPECT_EQ(point[0], 0);
  }
  ASSERT_OK_AND_ASSIGN(const auto wider, make(6));
  int deep = 0;
  for (const Point& point : Suggest(*wider, 1, 0, 200)) {
    if (point[0] == 0) continue;
    ++deep;
    EXPECT_LE(space.ValueIndexOf(1, point[1]), 1);
  }
  EXPECT_GT(deep, 20);
  EXPECT_THAT(make(2), StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("cheapest values cost 3")));
}

TEST(PolicyGradientTest, ConditionalSpacesUnderFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(kConditional);
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("POLICY_GRADIENT", space));
  const Rng rng(3);
  RandomStream random = Rng(4).At(0);
  std::vector<Pending> lost;
  int good = 0;
  for (int i = 0; i < 1'000; ++i) {
    const Suggestion next = (*search->Suggest({1, i, lost, rng}))[0];
    Point normalized = next.point;
    space.Normalize(normalized);
    ASSERT_EQ(Text(normalized), Text(next.point));
    const bool deep = next.point[0] == 1;
    const bool best = deep && space.ValueIndexOf(1, next.point[1]) == 2;
    good += i >= 900 && best;
    if (random.Uniform() < 0.05) {
      lost.push_back({i, next.point, next.memo});
      continue;
    }
    Observation end = {i, next.point, {}, next.memo};
    if (random.Uniform() >= 0.3) end.metrics = {deep + 1.0 * best};
    ASSERT_OK(search->Observe({&end, 1}));
  }
  EXPECT_GT(good, 60);
}

TEST(PolicyGradientTest, RefusesCostsThatDoNotFit) {
  const SearchSpace space = MakeSpace(kConditional);
  for (const auto& [options, named] :
       std::vector<std::pair<std::string, std::string>>{
           {R"({"max_cost": 3})", "needs the option \"cost\""},
           {R"({"cost": 3})", "must be an object"},
           {R"({"cost": {"kin": {}}})", "did you mean \"kind\""},
           {R"({"cost": {"x": {"0": 1}}})", "\"x\" has no list of values"},
           {R"({"cost": {"kind": 3}})", "needs an object"},
           {R"({"cost": {"kind": {"small": 1}}})", "no cost for its value"},
           {R"({"cost": {"kind": {"small": "1", "deep": 2}}})", "a number"},
           {R"({"cost": {"kind": {"tiny": 1}}})", "kind"},
           {R"({"cost": {"depth": {"one": 1}}})", "has no value \"one\""},
           {R"({"cost": {"depth": {"9": 1}}})", "depth"}}) {
    EXPECT_THAT(MakeAlgorithm("POLICY_GRADIENT", space, options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(named)))
        << options;
  }
}

}  // namespace
}  // namespace apogee
