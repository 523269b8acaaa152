#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::IsEmpty;

constexpr char kName[] = "EAGLE_STRATEGY";

TEST(EagleStrategyTest, FindsTheHighestOfManyTops) {
  const SearchSpace space = MakeSpace(DoubleSpecs(4));
  // Rastrigin's function: a top at every 0.1, the highest at 0.3.
  const auto tops = [](const Point& point) {
    double sum = 0;
    for (const double x : point) {
      const double z = 10 * (x - 0.3);
      sum -= z * z + 10 - 10 * std::cos(2 * M_PI * z);
    }
    return std::vector<double>{sum};
  };
  const auto mean_best = [&](const char* name, int workers) {
    double sum = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      const auto algorithm = *MakeAlgorithm(name, space);
      sum += BestSafe(
          RunStudy(*algorithm,
                   {.trials = 1000, .workers = workers, .seed = seed}, tops));
    }
    return sum / 10;
  };
  EXPECT_LT(mean_best("RANDOM_SEARCH", 1), -8);
  EXPECT_GT(mean_best(kName, 1), -5);
  EXPECT_GT(mean_best(kName, 30), -5);
}

TEST(EagleStrategyTest, KeepsTheLimit) {
  // The higher the better, but x + y must not exceed 1; x counts more.
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  ASSERT_OK_AND_ASSIGN(const auto algorithm,
                       MakeAlgorithm(kName, space, "{}", {{}, {0}}));
  const auto finished =
      RunStudy(*algorithm, {.trials = 500}, [](const Point& point) {
        return std::vector<double>{2 * point[0] + point[1],
                                   1 - point[0] - point[1]};
      });
  EXPECT_GT(BestSafe(finished), 1.95);
}

// A pool of two fireflies on a line: 1 at 0.2, the brighter, and 2 at 0.8.
class TwoFirefliesTest : public testing::Test {
 protected:
  void Start(absl::string_view forces) {
    algorithm_ = *MakeAlgorithm(
        kName, space_,
        absl::StrCat("{\"pool\": 2, \"perturbation\": 0.01, ", forces, "}"));
    Finish("", {0.2}, {1});
    Finish("", {0.8}, {0});
  }

  void Finish(const std::string& memo, const Point& point,
              const std::vector<double>& metrics) {
    ASSERT_OK(algorithm_->Observe({{++trials_, point, metrics, memo}}));
  }

  Suggestion Ask(const std::vector<Pending>& pending = {}) const {
    const Rng rng(1);
    return (*algorithm_->Suggest({1, trials_, pending, rng})).at(0);
  }

  // Fails so many moves of a firefly.
  void Fail(const std::string& memo, int count) {
    for (int i = 0; i < count; ++i) Finish(memo, {1e-6 * i}, {-9});
  }

  static constexpr char kStill[] = R"("gravity": 0, "repulsion": 0)";

  SearchSpace space_ = MakeSpace(DoubleSpecs(1));
  std::unique_ptr<Algorithm> algorithm_;
  int64_t trials_ = 0;
};

TEST_F(TwoFirefliesTest, MoveInTurnAndAreShaken) {
  Start(kStill);
  const Suggestion first = Ask();
  EXPECT_EQ(first.memo, "1");
  EXPECT_NEAR(first.point[0], 0.2, 0.0101);
  const Suggestion second = Ask({{9, first.point, first.memo}});
  EXPECT_EQ(second.memo, "2");
  EXPECT_NEAR(second.point[0], 0.8, 0.0101);
}

TEST_F(TwoFirefliesTest, StayWhereItIsBetter) {
  Start(kStill);
  Finish("1", {0.3}, {0.5});
  Finish("2", {0.5}, {0.5});
  EXPECT_NEAR(Ask().point[0], 0.2, 0.0101);
  Finish("1", {0.3}, {});
  EXPECT_NEAR(Ask().point[0], 0.5, 0.0101);
}

TEST_F(TwoFirefliesTest, AreShakenLessAfterFailures) {
  Start(kStill);
  Fail("1", 21);
  Fail("2", 1);
  const Suggestion suggestion = Ask();
  EXPECT_EQ(suggestion.memo, "1");
  EXPECT_NEAR(suggestion.point[0], 0.2, 0.0012);
}

TEST_F(TwoFirefliesTest, AreRemovedWhenStuckUnlessTheBest) {
  Start(kStill);
  Fail("1", 50);
  Fail("2", 21);
  EXPECT_EQ(Ask().memo, "1");
  Fail("2", 1);
  // The pool has room: at random.
  EXPECT_THAT(Ask().memo, IsEmpty());
  // A late result of its moves arrives as a firefly of its own.
  Finish("2", {0.81}, {0.1});
  EXPECT_EQ(Ask().memo, "1");
}

TEST_F(TwoFirefliesTest, FlyToTheBrighterOne) {
  Start(R"("gravity": 1, "repulsion": 0, "visibility": 0)");
  Finish("1", {0.1}, {});
  const Suggestion darker = Ask();
  EXPECT_EQ(darker.memo, "2");
  EXPECT_NEAR(darker.point[0], 0.2, 0.0101);
}

TEST_F(TwoFirefliesTest, SeeLessFarAway) {
  Start(R"("gravity": 1, "repulsion": 0, "visibility": 5)");
  Finish("1", {0.1}, {});
  EXPECT_NEAR(Ask().point[0], 0.8, 0.0102);
}

TEST_F(TwoFirefliesTest, FlyFromTheDarkerOne) {
  Start(R"("gravity": 0, "repulsion": 0.1, "visibility": 0)");
  const Suggestion brighter = Ask();
  EXPECT_EQ(brighter.memo, "1");
  EXPECT_NEAR(brighter.point[0], 0.14, 0.0101);
}

TEST_F(TwoFirefliesTest, TrialsFromElsewhereReplaceTheNearestIfBetter) {
  Start(kStill);
  for (const char* memo : {"", "x", "-1", "77", "99999999999999999999"}) {
    Finish(memo, {0.7}, {-1});
    EXPECT_NEAR(Ask({{9, {0.21}, "1"}}).point[0], 0.8, 0.0101);
  }
  Finish("", {0.7}, {5});
  EXPECT_NEAR(Ask({{9, {0.21}, "1"}}).point[0], 0.7, 0.0101);
}

TEST_F(TwoFirefliesTest, ALostMoveDelaysItsFireflyByOneRound) {
  Start(kStill);
  const std::vector<Pending> lost = {{9, {0.21}, "1"}};
  std::vector<std::string> turns;
  for (int i = 0; i < 6; ++i) {
    turns.push_back(Ask(lost).memo);
    Finish(turns.back(), {0.9}, {-1});
  }
  EXPECT_THAT(turns, testing::Contains("1").Times(testing::Ge(2)));
  EXPECT_THAT(turns, testing::Contains("2").Times(testing::Ge(2)));
}

TEST(EagleStrategyTest, ArrivalsThatNeverComeDoNotStopThePool) {
  const SearchSpace space = MakeSpace(DoubleSpecs(1));
  ASSERT_OK_AND_ASSIGN(const auto algorithm,
                       MakeAlgorithm(kName, space, R"({"pool": 4})"));
  const Rng rng(1);
  const std::vector<Pending> lost = {
      {1, {0.1}, ""}, {2, {0.2}, ""}, {3, {0.3}, ""}, {4, {0.4}, ""}};
  const auto memo = [&] {
    return algorithm->Suggest({1, 4, lost, rng})->at(0).memo;
  };
  EXPECT_THAT(memo(), IsEmpty());
  ASSERT_OK(algorithm->Observe({{5, {0.5}, {1}, ""}}));
  EXPECT_THAT(memo(), IsEmpty());
  ASSERT_OK(algorithm->Observe({{6, {0.6}, {1}, ""}}));
  EXPECT_EQ(memo(), "1");
}

}  // namespace
}  // namespace apogee
