#include "algorithms/layer_search.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

// Four layers of four options: reward and cost are their sums.
class LayerSearchTest : public testing::Test {
 protected:
  LayerSearchTest()
      : space_(Space()),
        layers_(LayerSpace::Create(&space_, {.levels = 2}).value()) {}

  static SearchSpace Space() {
    std::string text;
    for (int i = 0; i < 4; ++i) {
      absl::StrAppend(&text, "parameters { parameter_id: 'p", i,
                      "' integer_value_spec { max_value: 3 } }");
    }
    return MakeSpace(text);
  }

  static double Sum(const Architecture& architecture) {
    double sum = 0;
    for (const char option : architecture) sum += option;
    return sum;
  }

  LayerTables Tables(double max_cost) const {
    Effects effects(layers_.OptionCounts(), false);
    for (int l = 0; l < 4; ++l) effects.layer(l) = {0, 1, 2, 3};
    LayerCost cost(layers_);
    cost.Set(effects, 0);
    LayerTables::Settings settings;
    settings.has_cost = true;
    settings.target.max = max_cost;
    settings.goals = {{}};
    return {&layers_, cost, settings};
  }

  // Tries what the search says until it says nothing.
  std::vector<Architecture> Search(LayerTables& tables, int trials) const {
    std::vector<Architecture> tried;
    for (int i = 0; i < trials; ++i) {
      RandomStream random = Rng(1).At(i);
      const auto next = SearchLayers(
          tables,
          [&](const Architecture& architecture) {
            return !tables.IsTried(architecture);
          },
          random);
      if (!next.has_value()) break;
      tried.push_back(*next);
      tables.Learn(*next, {i, {}, {Sum(*next)}, ""}, false);
    }
    return tried;
  }

  const SearchSpace space_;
  const LayerSpace layers_;
};

TEST_F(LayerSearchTest, StaysWithinTheTargetAndRepeatsNothing) {
  LayerTables tables = Tables(5);
  const std::vector<Architecture> tried = Search(tables, 40);
  EXPECT_EQ(tried.size(), 40);
  absl::flat_hash_set<Architecture> seen;
  for (const Architecture& each : tried) {
    EXPECT_LE(Sum(each), 5);
    EXPECT_TRUE(seen.insert(each).second);
  }
}

TEST_F(LayerSearchTest, SaysNothingWhenNothingIsLeft) {
  LayerTables tables = Tables(2);
  // 1 of sum 0, 4 of sum 1, 10 of sum 2.
  EXPECT_EQ(Search(tables, 40).size(), 15);
}

// From a tenth of the architectures.
TEST_F(LayerSearchTest, FindsTheBestThatTheModelTellsOf) {
  LayerTables tables = Tables(12);
  const std::vector<Architecture> tried = Search(tables, 26);
  EXPECT_THAT(tried, testing::Contains(std::string("\3\3\3\3", 4)));
}

}  // namespace
}  // namespace apogee
