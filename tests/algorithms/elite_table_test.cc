#include "algorithms/elite_table.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Finished Make(Architecture architecture, double reward, double cost) {
  return {std::move(architecture), {.objectives = {reward}}, cost};
}

TEST(EliteTableTest, KeepsTheBestOfEachBucket) {
  EliteTable table(CostBuckets::Even(0, 10, 2), 2, 2);
  const Finished first = Make("aa", 1, 2);
  const Finished better = Make("ab", 3, 3);
  const Finished between = Make("ac", 2, 1);
  const Finished dear = Make("ad", 0, 9);
  table.Add(&first, {});
  table.Add(&better, {});
  // The cheap bucket is full.
  EXPECT_FALSE(table.Admits(Make("zz", 0.5, 4)));
  EXPECT_FALSE(table.Admits(Make("zz", 1, 4)));
  EXPECT_TRUE(table.Admits(between));
  EXPECT_TRUE(table.Admits(dear));
  table.Add(&between, {});
  EXPECT_FALSE(table.Admits(Make("zz", 1.5, 4)));
}

TEST(EliteTableTest, TheFrontGetsBetterWithCost) {
  EliteTable table(CostBuckets::Even(0, 3, 3), 1, 2);
  const Finished cheap = Make("aa", 1, 0.5);
  const Finished useless = Make("ab", 0, 1.5);
  const Finished dear = Make("ac", 2, 2.5);
  for (const Finished* each : {&dear, &useless, &cheap}) table.Add(each, {});
  EXPECT_THAT(table.Front(), ElementsAre(&cheap, &dear));
}

TEST(EliteTableTest, WithoutCostsTheFrontIsEverybody) {
  EliteTable table(CostBuckets(), 3, 2);
  const Finished good = Make("aa", 2, 0);
  const Finished bad = Make("ab", 1, 0);
  table.Add(&bad, {});
  table.Add(&good, {});
  EXPECT_THAT(table.Front(), ElementsAre(&good, &bad));
}

TEST(EliteTableTest, MovesCloseWhenTheirEndIsKnownOrTheirStartIsGone) {
  const std::string zeros(2, '\0');
  EliteTable table(CostBuckets(), 1, 0);
  const Finished start = Make(zeros, 1, 0);
  table.Add(&start, {1, 2});
  EXPECT_THAT(table.OpenMoves(false), SizeIs(2));

  Architecture child = zeros;
  SetOption(child, 0, 2);
  table.Close(child);
  ASSERT_THAT(table.OpenMoves(false), SizeIs(1));
  EXPECT_EQ(table.OpenMoves(false)[0].parent, &start);
  EXPECT_EQ(table.OpenMoves(false)[0].option, 1);
  // Two layers away: no move leads there.
  SetOption(child, 0, 1);
  SetOption(child, 1, 1);
  table.Close(child);
  EXPECT_THAT(table.OpenMoves(false), SizeIs(1));

  const Finished better = Make(child, 2, 0);
  table.Add(&better, {0, 2});
  EXPECT_THAT(table.OpenMoves(false), SizeIs(2));
}

TEST(EliteTableTest, MovesOfTheFrontStartFromWhatIsWorthItsCost) {
  EliteTable table(CostBuckets::Even(0, 3, 3), 2, 0);
  const Finished cheap = Make("aa", 1, 0.5);
  const Finished also_cheap = Make("ba", 0.5, 0.2);
  const Finished useless = Make("ab", 0.9, 1.5);
  const Finished dear = Make("ac", 2, 2.5);
  for (const Finished* each : {&dear, &useless, &cheap, &also_cheap}) {
    table.Add(each, {7});
  }
  std::vector<const Finished*> parents;
  for (const EliteTable::OpenMove& move : table.OpenMoves(true)) {
    parents.push_back(move.parent);
  }
  EXPECT_THAT(parents, ElementsAre(&cheap, &also_cheap, &dear));
  EXPECT_THAT(table.OpenMoves(false), SizeIs(4));
}

}  // namespace
}  // namespace apogee
