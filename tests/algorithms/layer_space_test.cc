#include "algorithms/layer_space.h"

#include <set>

#include "google/protobuf/util/json_util.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using google::protobuf::Value;
using testing::ElementsAre;

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "block"
    categorical_value_spec { values: "conv" values: "pool" values: "none" }
    conditional_parameter_specs {
      parent_categorical_values { values: "conv" values: "pool" }
      parameter_spec {
        parameter_id: "kernel"
        discrete_value_spec { values: 3 values: 5 values: 7 }
      }
    }
  }
  parameters {
    parameter_id: "rate"
    scale_type: UNIT_LOG_SCALE
    double_value_spec { min_value: 0.001 max_value: 0.1 }
  }
  parameters {
    parameter_id: "units"
    integer_value_spec { min_value: 0 max_value: 100000 }
  }
  parameters {
    parameter_id: "depth"
    integer_value_spec {
      min_value: 1
      max_value: 4
      default_value { value: 4 }
    }
  })pb";

Value Json(const std::string& text) {
  Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &value).ok());
  return value;
}

TEST(LayerSpaceTest, AParameterAndItsChildrenAreALayer) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const LayerSpace layers,
                       LayerSpace::Create(&space, {.levels = 5}));
  ASSERT_EQ(layers.size(), 4);
  EXPECT_THAT(layers.dimensions(0), ElementsAre(0, 1));
  EXPECT_EQ(layers.options(0), 7);  // twice three kernels, and none
  EXPECT_EQ(layers.options(1), 5);
  EXPECT_EQ(layers.options(2), 5);  // too many to be told apart
  EXPECT_EQ(layers.options(3), 4);
  EXPECT_EQ(layers.moves(), 17);
  EXPECT_EQ(OptionOf(layers.reference(), 3), 3);
  EXPECT_EQ(OptionOf(layers.reference(), 1), 2);
}

TEST(LayerSpaceTest, EveryArchitectureIsAPointOfItsOwn) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const LayerSpace layers,
                       LayerSpace::Create(&space, {.levels = 3}));
  std::set<std::string> points;
  Architecture architecture = layers.reference();
  for (int i = 0; i < 7 * 3 * 3 * 4; ++i) {
    int rest = i;
    for (int l = 0; l < layers.size(); ++l) {
      SetOption(architecture, l, rest % layers.options(l));
      rest /= layers.options(l);
    }
    const Point point = layers.Decode(architecture);
    Point normalized = point;
    space.Normalize(normalized);
    ASSERT_EQ(Text(point), Text(normalized));
    ASSERT_EQ(layers.Encode(point), architecture);
    points.insert(Text(point));
  }
  EXPECT_EQ(points.size(), 7 * 3 * 3 * 4);
}

TEST(LayerSpaceTest, PointsBetweenLevelsBelongToTheNearest) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const LayerSpace layers,
                       LayerSpace::Create(&space, {.levels = 3}));
  const auto architecture = layers.Encode({2, kInactive, 0.7, 0.8, 0});
  ASSERT_TRUE(architecture.has_value());
  EXPECT_EQ(Text(layers.Decode(*architecture)), "2 - 0.5 1 0");
}

TEST(LayerSpaceTest, GroupsShareALayerAndTheOrderIsKept) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(
      const LayerSpace layers,
      LayerSpace::Create(&space, {.levels = 5,
                                  .groups = Json(R"([["rate", "depth"]])"),
                                  .order = Json(R"(["units", "depth"])")}));
  ASSERT_EQ(layers.size(), 3);
  EXPECT_THAT(layers.dimensions(0), ElementsAre(3));
  EXPECT_THAT(layers.dimensions(1), ElementsAre(2, 4));
  EXPECT_THAT(layers.dimensions(2), ElementsAre(0, 1));
  EXPECT_EQ(layers.options(1), 20);
}

TEST(LayerSpaceTest, LayersHaveALimit) {
  const SearchSpace space = MakeSpace(kSpace);
  const auto create = [&](int levels) {
    return LayerSpace::Create(
        &space, {.levels = levels, .groups = Json(R"([["rate", "depth"]])")});
  };
  ASSERT_OK_AND_ASSIGN(const LayerSpace widest, create(64));
  EXPECT_EQ(widest.options(1), 256);
  EXPECT_THAT(create(65), StatusIs(absl::StatusCode::kInvalidArgument,
                                   testing::HasSubstr("\"rate\"")));
}

}  // namespace
}  // namespace apogee
