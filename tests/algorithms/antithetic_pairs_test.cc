#include "algorithms/antithetic_pairs.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

HalfMemo Memo(int64_t pair, int side, int attempt = 1, int64_t finished = 0) {
  return {.pair = pair,
          .side = side,
          .attempt = attempt,
          .seed = 0xfeedULL << 40,
          .sigma = 0.0123,
          .finished = finished,
          .version = 3};
}

Pending Waiting(const HalfMemo& memo, double x) {
  return {1, {x}, memo.ToText()};
}

const Outcome kGood = {.objectives = {1}};
const Outcome kFailed = {.violation = std::numeric_limits<double>::infinity()};

TEST(HalfMemoTest, ComesBackAsItWas) {
  const std::optional<HalfMemo> memo =
      HalfMemo::Parse(Memo(12, 1, 2, 99).ToText());
  ASSERT_TRUE(memo.has_value());
  EXPECT_EQ(memo->pair, 12);
  EXPECT_EQ(memo->side, 1);
  EXPECT_EQ(memo->attempt, 2);
  EXPECT_EQ(memo->seed, 0xfeedULL << 40);
  EXPECT_EQ(memo->sigma, 0.0123);
  EXPECT_EQ(memo->finished, 99);
  EXPECT_EQ(memo->version, 3);
  EXPECT_LT(memo->ToText().size(), 60);
}

TEST(HalfMemoTest, NothingElsePasses) {
  ASSERT_TRUE(HalfMemo::Parse("1 + 1 ff 0.1 0 0").has_value());
  for (const char* text :
       {"", "center", "1 + 1 ff 0.1 0", "1 + 1 ff 0.1 0 0 ",
        "-1 + 1 ff 0.1 0 0", "1 * 1 ff 0.1 0 0", "1 + 0 ff 0.1 0 0",
        "1 + 3 ff 0.1 0 0", "1 + 1 xyz 0.1 0 0", "1 + 1 ff 0 0 0",
        "1 + 1 ff 1e-13 0 0", "1 + 1 ff -0.1 0 0", "1 + 1 ff nan 0 0",
        "1 + 1 ff inf 0 0", "1 + 1 ff 1.1 0 0", "1 + 1 ff 0.1 -1 0",
        "1 + 1 ff 0.1 0 -1", "\x01\xff\xfe"}) {
    EXPECT_FALSE(HalfMemo::Parse(text).has_value()) << text;
  }
}

TEST(AntitheticPairsTest, AHalfThatIsMissingIsIssued) {
  AntitheticPairs pairs;
  const auto tasks = pairs.Tasks({{Waiting(Memo(4, 0), 0.5)}}, 0, 100);
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(tasks[0].memo.side, 1);
  EXPECT_EQ(tasks[0].memo.sigma, 0.0123);
  EXPECT_FALSE(tasks[0].again);
  EXPECT_EQ(tasks[0].point, Point{0.5});
  // Also when the other one has finished.
  pairs.Observe(Memo(4, 0), {0.5}, kGood);
  EXPECT_THAT(pairs.Tasks({}, 1, 100), SizeIs(1));
}

TEST(AntitheticPairsTest, HalvesInAnyOrderMakeAPair) {
  AntitheticPairs pairs;
  EXPECT_FALSE(pairs.Observe(Memo(4, 1), {0.1}, kGood).pair.has_value());
  pairs.Observe(Memo(2, 0), {0.2}, kGood);
  const auto result = pairs.Observe(Memo(4, 0), {0.3}, kGood);
  ASSERT_TRUE(result.pair.has_value());
  EXPECT_EQ(result.id, 4);
  EXPECT_EQ(result.pair->halves[0].point, Point{0.3});
  EXPECT_EQ(result.pair->halves[1].point, Point{0.1});
}

TEST(AntitheticPairsTest, AFailedHalfIsIssuedOnceMore) {
  AntitheticPairs pairs;
  pairs.Observe(Memo(4, 0), {0.5}, kGood);
  EXPECT_FALSE(pairs.Observe(Memo(4, 1), {0.4}, kFailed).final);
  const auto tasks = pairs.Tasks({}, 2, 100);
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_TRUE(tasks[0].again);
  EXPECT_EQ(tasks[0].memo.attempt, 2);
  EXPECT_EQ(tasks[0].point, Point{0.4});
  EXPECT_THAT(pairs.Tasks({{Waiting(tasks[0].memo, 0.4)}}, 2, 100), IsEmpty());
  const auto result = pairs.Observe(tasks[0].memo, {0.4}, kFailed);
  EXPECT_TRUE(result.final);
  ASSERT_TRUE(result.pair.has_value());
  EXPECT_TRUE(result.pair->halves[1].outcome.IsInfeasible());
  EXPECT_THAT(pairs.Tasks({}, 3, 100), IsEmpty());
}

TEST(AntitheticPairsTest, AHalfThatPendsMayBeLostAndTheFirstAnswerCounts) {
  AntitheticPairs pairs;
  const std::vector<Pending> pending = {Waiting(Memo(4, 0, 1, 10), 0.5),
                                        Waiting(Memo(4, 1, 1, 10), 0.4)};
  const auto tasks = pairs.Tasks(pending, 500, 100);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_THAT(pairs.Tasks(pending, 110, 100), IsEmpty());
  EXPECT_EQ(tasks[0].waited, 490);
  EXPECT_EQ(tasks[0].memo.attempt, 2);
  pairs.Observe(Memo(4, 0, 2), {0.5}, kGood);
  const auto late = pairs.Observe(Memo(4, 0, 1), {0.5}, kFailed);
  EXPECT_TRUE(late.final);
  const auto result = pairs.Observe(Memo(4, 1, 1), {0.4}, kGood);
  ASSERT_TRUE(result.pair.has_value());
  EXPECT_FALSE(result.pair->halves[0].outcome.IsInfeasible());
  // A copy that comes after the pair is complete opens nothing.
  EXPECT_FALSE(pairs.Observe(Memo(4, 1, 2), {0.4}, kGood).pair.has_value());
  EXPECT_THAT(pairs.Tasks(pending, 500, 100), IsEmpty());
}

TEST(AntitheticPairsTest, PairsThatNeverEndAreGivenUp) {
  AntitheticPairs pairs;
  for (int64_t pair = 0; pair < 10'000; ++pair) {
    pairs.Observe(Memo(pair, 0), {0.5}, kGood);
  }
  EXPECT_LT(pairs.Tasks({}, 0, 100).size(), 3'000);
}

}  // namespace
}  // namespace apogee
