#include "algorithms/guided/named_points.h"

#include "absl/strings/str_cat.h"
#include "algorithms/variation.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr char kSpecs[] = R"pb(
  parameters {
    parameter_id: "lr"
    double_value_spec { min_value: 1e-4 max_value: 1e-1 }
    scale_type: UNIT_LOG_SCALE
  }
  parameters {
    parameter_id: "layers"
    integer_value_spec { min_value: 1 max_value: 5 }
  }
  parameters {
    parameter_id: "batch"
    discrete_value_spec { values: 16 values: 64 values: 256 }
  }
  parameters {
    parameter_id: "optimizer"
    categorical_value_spec {
      values: "adam"
      values: "sgd"
      default_value { value: "sgd" }
    }
    conditional_parameter_specs {
      parent_categorical_values { values: "sgd" }
      parameter_spec {
        parameter_id: "momentum"
        double_value_spec { min_value: 0 max_value: 1 }
      }
    }
  })pb";

// The value of a parameter of `point`, as text; "-" when it is inactive.
std::string ValueOf(const SearchSpace& space, const Point& point,
                    const std::string& name) {
  for (const NamedValue& each : ToNamed(space, point)) {
    if (each.name != name) continue;
    if (std::holds_alternative<std::string>(each.value)) {
      return std::get<std::string>(each.value);
    }
    return absl::StrCat(std::get<double>(each.value));
  }
  return "-";
}

TEST(NamedPointsTest, PointsOfTheSameSpaceComeBack) {
  const SearchSpace space = MakeSpace(kSpecs);
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < 200; ++i) {
    const Point point = RandomPoint(space, random);
    const MappedPoint mapped = MapPoint(space, ToNamed(space, point));
    EXPECT_EQ(mapped.share, 1);
    for (size_t k = 0; k < point.size(); ++k) {
      ASSERT_EQ(IsActive(mapped.point[k]), IsActive(point[k]));
      if (IsActive(point[k])) {
        EXPECT_NEAR(mapped.point[k], point[k], 1e-9);
      }
    }
  }
}

TEST(NamedPointsTest, NumbersBecomeTheNearestFeasibleOnes) {
  const SearchSpace space = MakeSpace(kSpecs);
  const MappedPoint mapped = MapPoint(
      space,
      {{"lr", 0.01}, {"layers", 3.4}, {"batch", 100.0}, {"optimizer", "adam"}});
  EXPECT_EQ(mapped.share, 1);
  EXPECT_EQ(ValueOf(space, mapped.point, "layers"), "3");
  EXPECT_EQ(ValueOf(space, mapped.point, "batch"), "64");
  EXPECT_EQ(ValueOf(space, mapped.point, "momentum"), "-");
}

TEST(NamedPointsTest, WhatIsOutOfBoundsIsClippedAndDoesNotCount) {
  const SearchSpace space = MakeSpace(kSpecs);
  const MappedPoint mapped = MapPoint(
      space,
      {{"lr", 10.0}, {"layers", -7.0}, {"batch", 64.0}, {"optimizer", "adam"}});
  EXPECT_EQ(mapped.share, 0.5);
  EXPECT_EQ(mapped.point[0], 1);
  EXPECT_EQ(mapped.point[1], 0);
}

TEST(NamedPointsTest, WhatIsMissingOrDoesNotFitGetsItsDefaultOrTheMiddle) {
  const SearchSpace space = MakeSpace(kSpecs);
  const MappedPoint mapped = MapPoint(
      space,
      {{"layers", "many"}, {"optimizer", "lion"}, {"somebody_else's", 3.0}});
  EXPECT_EQ(mapped.share, 0);
  EXPECT_EQ(ValueOf(space, mapped.point, "optimizer"), "sgd");
  EXPECT_EQ(mapped.point[0], 0.5);
  EXPECT_EQ(ValueOf(space, mapped.point, "layers"), "3");
  // Its parent is active by default, so it takes part.
  EXPECT_EQ(ValueOf(space, mapped.point, "momentum"), "0.5");
}

TEST(NamedPointsTest, ChildrenOfOtherParentsAreForgotten) {
  const SearchSpace space = MakeSpace(kSpecs);
  const MappedPoint mapped = MapPoint(
      space, {{"optimizer", "adam"}, {"momentum", 0.9}, {"layers", 2.0}});
  EXPECT_EQ(ValueOf(space, mapped.point, "momentum"), "-");
  EXPECT_EQ(mapped.share, 0.5);
}

TEST(NamedPointsTest, LinearConstraintsHold) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2), {"x0 + x1 <= 1"});
  const MappedPoint mapped = MapPoint(space, {{"x0", 0.9}, {"x1", 0.8}});
  EXPECT_TRUE(space.KeepsConstraints(mapped.point));
  EXPECT_EQ(mapped.share, 1);
}

}  // namespace
}  // namespace apogee
