#include "algorithms/layer_cost.h"

#include <set>

#include "google/protobuf/util/json_util.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "block"
    categorical_value_spec { values: "conv" values: "none" }
    conditional_parameter_specs {
      parent_categorical_values { values: "conv" }
      parameter_spec {
        parameter_id: "kernel"
        discrete_value_spec { values: 3 values: 5 }
      }
    }
  }
  parameters {
    parameter_id: "depth"
    integer_value_spec { min_value: 1 max_value: 3 }
  }
  parameters {
    parameter_id: "activation"
    categorical_value_spec { values: "relu" values: "tanh" }
  })pb";

class LayerCostTest : public testing::Test {
 protected:
  LayerCostTest()
      : space_(MakeSpace(kSpace)),
        layers_(*LayerSpace::Create(&space_, {.levels = 5})),
        cost_(*LayerCost::FromPrices(space_, layers_, Json())) {}

  static google::protobuf::Value Json() {
    google::protobuf::Value value;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                    R"({"block": {"conv": 10, "none": 1},
                        "kernel": {"3": 0.5, "5": 2},
                        "depth": {"1": 4, "2": 8, "3": 16}})",
                    &value)
                    .ok());
    return value;
  }

  // Of a point with inactive coordinates.
  Architecture At(const Point& point) const { return *layers_.Encode(point); }

  const SearchSpace space_;
  const LayerSpace layers_;
  LayerCost cost_;
};

TEST_F(LayerCostTest, IsTheSumOfThePricesOfWhatIsActive) {
  EXPECT_EQ(cost_.Of(At({0, 0, 0, 1})), 14.5);
  EXPECT_EQ(cost_.Of(At({0, 1, 1, 0})), 28);
  EXPECT_EQ(cost_.Of(At({1, kInactive, 0.5, 0})), 9);
}

TEST_F(LayerCostTest, KnowsWhatCanStillBeReached) {
  // Layers: block with kernel (1 to 12), depth (4 to 16), activation (free).
  const Architecture reference = At({0, 0, 0.5, 0});  // 10.5 + 8
  cost_.SetReference(reference);
  const auto can_reach = [&](double min, double max, int depth, double cost) {
    return cost_.CanReach({.min = min, .max = max}, depth, cost);
  };
  EXPECT_TRUE(can_reach(0, 5, 0, 18.5));
  EXPECT_FALSE(can_reach(0, 4.9, 0, 18.5));
  EXPECT_TRUE(can_reach(0, 14.5, 1, 18.5));
  EXPECT_FALSE(can_reach(0, 14.4, 1, 18.5));
  EXPECT_FALSE(can_reach(0, 18.4, 2, 18.5));
  EXPECT_TRUE(can_reach(26.5, 99, 1, 18.5));
  EXPECT_FALSE(can_reach(26.6, 99, 1, 18.5));
}

TEST_F(LayerCostTest, LowersFromTheDearestLayerOn) {
  Architecture architecture = At({0, 1, 1, 1});  // 12 + 16
  cost_.Lower(28, architecture);
  EXPECT_EQ(cost_.Of(architecture), 28);
  cost_.Lower(21, architecture);
  EXPECT_EQ(Text(layers_.Decode(architecture)), "0 1 0.5 1");
  cost_.Lower(-1, architecture);
  EXPECT_EQ(cost_.Of(architecture), 5);
  EXPECT_EQ(OptionOf(architecture, 2), 1);
}

TEST_F(LayerCostTest, EachDistinctCostHasABucketIfThereAreFew) {
  const auto sizes = [&](int count) {
    std::vector<int> result;
    for (const CostBuckets& each : cost_.Buckets({}, count)) {
      result.push_back(each.size());
    }
    return result;
  };
  // 3 costs of the first layer, 3 of the second, all sums different.
  EXPECT_THAT(sizes(9), testing::ElementsAre(1, 3, 9, 9));
  EXPECT_THAT(sizes(8), testing::ElementsAre(1, 3, 8, 8));
}

Effects Fitted(const LayerSpace& layers, bool with_pairs) {
  Effects effects(layers.OptionCounts(), with_pairs);
  effects.base() = 1;
  effects.layer(0) = {1, 2, 3};
  return effects;
}

TEST_F(LayerCostTest, WhatIsFittedIsNotExact) {
  cost_.Set(Fitted(layers_, false), 0.5);
  EXPECT_EQ(cost_.Of(At({0, 1, 0, 0})), 3);
  EXPECT_EQ(cost_.Buckets({}, 9)[1].size(), 9);
}

// Depth costs 1, 2 or 3 times what the block costs.
TEST_F(LayerCostTest, LayersMayCostMoreTogether) {
  Effects effects = Fitted(layers_, true);
  effects.pair(0, 1) = {0, 1, 2, 0, 2, 4, 0, 3, 6};
  cost_.Set(effects, 0);
  Architecture architecture = At({0, 1, 1, 0});
  EXPECT_EQ(cost_.Of(architecture), 1 + 2 * 3);
  EXPECT_EQ(cost_.Change(architecture, 1, 0), -4);
  cost_.Lower(3, architecture);
  EXPECT_LE(cost_.Of(architecture), 3);
  std::set<double> drawn;
  for (int i = 0; i < 200; ++i) {
    RandomStream random = Rng(1).At(i);
    drawn.insert(cost_.Of(cost_.Draw(4, random)));
  }
  EXPECT_THAT(drawn, testing::ElementsAre(2, 3, 4));
  // From 2 to 10.
  EXPECT_EQ(cost_.Buckets({}, 8).back().Of(2.9), 0);
  EXPECT_EQ(cost_.Buckets({}, 8).back().Of(9.1), 7);
}

}  // namespace
}  // namespace apogee
