#include "algorithms/space/grid.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

constexpr Grid::Options kOptions = {.double_points = 3, .integer_points = 100};

// The distinct points of all combinations of grid values, found by trying them
// all; nothing when there are too many.
std::optional<std::set<std::string>> Enumerate(const SearchSpace& space) {
  std::vector<std::vector<double>> values(space.size());
  double combinations = 1;
  for (int i = 0; i < space.size(); ++i) {
    const int64_t count = space.dimension(i).cardinality;
    for (int64_t value = 0; value < count; ++value) {
      values[i].push_back(space.CoordinateOf(i, value));
    }
    if (count == 0) values[i] = {0, 0.5, 1};
    combinations *= static_cast<double>(values[i].size());
  }
  if (combinations > 5'000) return std::nullopt;
  std::set<std::string> points;
  for (int64_t index = 0; index < static_cast<int64_t>(combinations); ++index) {
    int64_t rest = index;
    Point point;
    for (const std::vector<double>& choices : values) {
      const auto count = static_cast<int64_t>(choices.size());
      point.push_back(choices[rest % count]);
      rest /= count;
    }
    space.Normalize(point);
    points.insert(Text(point));
  }
  return points;
}

TEST(GridTest, HoldsEveryDistinctPointOnce) {
  int compared = 0;
  int with_several_parents = 0;
  for (uint64_t seed = 0; seed < 800; ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                         SearchSpace::Create(RandomSpace(seed, true)));
    const std::optional<std::set<std::string>> expected = Enumerate(space);
    if (!expected.has_value()) continue;
    ++compared;
    with_several_parents +=
        std::any_of(space.dimensions().begin(), space.dimensions().end(),
                    [](const Dimension& dimension) {
                      return dimension.conditions.size() > 1;
                    });
    ASSERT_OK_AND_ASSIGN(const Grid grid, Grid::Create(&space, kOptions));
    ASSERT_EQ(grid.size(), expected->size());
    std::set<std::string> points;
    for (size_t i = 0; i < expected->size(); ++i) {
      points.insert(Text(grid.At(i)));
    }
    ASSERT_EQ(points, *expected);
    EXPECT_TRUE(expected->contains(Text(grid.Sample(Rng(seed).At(0)))));
  }
  EXPECT_GT(compared, 300);
  EXPECT_GT(with_several_parents, 20);
}

// `count` doubles under the parent's value `value`.
std::string DoublesUnder(int value, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(
        &text,
        "conditional_parameter_specs { parent_int_values { values: ", value,
        " } parameter_spec { parameter_id: \"x", value, "_", i,
        "\" double_value_spec { max_value: 1 } } }");
  }
  return text;
}

TEST(GridTest, HugeGridsAreSampledInAllTheirHugeBranches) {
  const SearchSpace space = MakeSpace(absl::StrCat(
      "parameters { parameter_id: 'branch' integer_value_spec { max_value: 2 }",
      DoublesUnder(1, 100), DoublesUnder(2, 100), "}"));
  ASSERT_OK_AND_ASSIGN(const Grid grid, Grid::Create(&space, kOptions));
  EXPECT_EQ(grid.size(), Grid::kHuge);
  std::vector<int> branches(3);
  std::set<std::string> points;
  for (int i = 0; i < 200; ++i) {
    const Point point = grid.Sample(Rng(1).At(i));
    ++branches[space.ValueIndexOf(0, point[0])];
    points.insert(Text(point));
  }
  // The branch of one point is not seen, the others share.
  EXPECT_EQ(branches[0], 0);
  EXPECT_NEAR(branches[1], 100, 40);
  EXPECT_EQ(points.size(), 200);
}

TEST(GridTest, WideIntegersAreThinnedEvenlyOnTheirScale) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      scale_type: UNIT_LOG_SCALE
      integer_value_spec { min_value: 1 max_value: 1000000 }
    })pb");
  ASSERT_OK_AND_ASSIGN(
      const Grid grid,
      Grid::Create(&space, {.double_points = 3, .integer_points = 7}));
  std::vector<double> values;
  for (int i = 0; i < grid.size(); ++i) {
    values.push_back(space.Decode(grid.At(i))[0].value().number_value());
  }
  EXPECT_THAT(values,
              testing::ElementsAre(1, 10, 100, 1000, 10000, 100000, 1000000));
}

TEST(GridTest, ThinningKeepsValuesDistinct) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      scale_type: UNIT_LOG_SCALE
      integer_value_spec { min_value: 1 max_value: 200 }
    })pb");
  ASSERT_OK_AND_ASSIGN(const Grid grid, Grid::Create(&space, kOptions));
  std::set<Point> points;
  for (int i = 0; i < grid.size(); ++i) points.insert(grid.At(i));
  EXPECT_EQ(points.size(), grid.size());
  EXPECT_LT(grid.size(), 100);
  EXPECT_GT(grid.size(), 50);
}

TEST(GridTest, RefusesWhatItCanNotCount) {
  // Each of 60 parents activates x_i and x_{i+30}: which x are active so far
  // can be nearly anything.
  std::string text;
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'a", i,
                    "' integer_value_spec { max_value: 1 }");
    for (const int x : {i % 60, (i + 30) % 60}) {
      absl::StrAppend(&text,
                      "conditional_parameter_specs { parent_int_values { "
                      "values: 1 } parameter_spec { parameter_id: 'x",
                      x, "' double_value_spec { max_value: 1 } } }");
    }
    absl::StrAppend(&text, "}");
  }
  const SearchSpace space = MakeSpace(text);
  EXPECT_THAT(Grid::Create(&space, kOptions),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("several parents")));
}

}  // namespace
}  // namespace apogee
