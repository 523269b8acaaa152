#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr char kName[] = "REGULARIZED_EVOLUTION";

// A network of layers, each of one of four kinds.
SearchSpace Layers(int count) { return MakeSpace(CategorySpecs(count, 4)); }

// A layer does well for its kind, and where its neighbour is of the next kind.
double Accuracy(const Point& point) {
  double sum = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    sum += 0.2 * point[i];
    if (i > 0 && point[i] == static_cast<int>(point[i - 1] + 1) % 4) sum += 1;
  }
  return sum;
}

int Differences(const Point& a, const Point& b) {
  int count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
  return count;
}

TEST(RegularizedEvolutionTest, FindsArchitecturesThroughNoise) {
  const SearchSpace space = Layers(12);
  const auto mean_true_best = [&](absl::string_view name) {
    double sum = 0;
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      const auto algorithm = *MakeAlgorithm(name, space);
      double best = 0;
      RandomStream noise = Rng(seed).Fork(1).At(0);
      RunStudy(
          *algorithm, {.trials = 400, .workers = 4, .seed = seed},
          [&](const Point& point) {
            best = std::max(best, Accuracy(point));
            return std::vector<double>{Accuracy(point) + 0.3 * noise.Normal()};
          });
      sum += best;
    }
    return sum / 5;
  };
  // At random, every fourth neighbour fits; the best network has 14.6.
  EXPECT_LT(mean_true_best("RANDOM_SEARCH"), 11.5);
  EXPECT_GT(mean_true_best(kName), 13.5);
}

TEST(RegularizedEvolutionTest, KeepsTheLimitThatAWorkerMeasures) {
  // The better the kind of a layer the longer its step. A worker that sees the
  // limit broken ends the trial with any number as its accuracy.
  const SearchSpace space = Layers(8);
  ASSERT_OK_AND_ASSIGN(const auto algorithm,
                       MakeAlgorithm(kName, space, "{}", {{}, {0}}));
  const auto finished =
      RunStudy(*algorithm, {.trials = 400, .workers = 4},
               [](const Point& point) -> std::vector<double> {
                 double kinds = 0;
                 for (const double layer : point) kinds += layer;
                 const double room = 12.1 - kinds;
                 if (room < 0) return {1e9, room};
                 return {kinds + (point[0] == 3 ? 0.5 : 0), room};
               });
  EXPECT_EQ(BestSafe(finished), 12.5);
}

TEST(RegularizedEvolutionTest, AChildIsAParentWithOneChange) {
  const SearchSpace space = Layers(6);
  for (const char* mutation : {"uniform", "gaussian"}) {
    ASSERT_OK_AND_ASSIGN(
        const auto algorithm,
        MakeAlgorithm(kName, space,
                      absl::StrCat(R"({"population": 2, "deduplicate": false,)",
                                   "\"mutation\": \"", mutation, "\"}")));
    const Point parent(6, 1);
    ASSERT_OK(algorithm->Observe({{1, parent, {1}, ""}, {2, parent, {1}, ""}}));
    for (const Point& child : Suggest(*algorithm, 3, 2, 10)) {
      EXPECT_EQ(Differences(child, parent), 1) << Text(child);
    }
  }
}

TEST(RegularizedEvolutionTest, TheOldestDieHoweverGoodTheyWere) {
  const SearchSpace space = Layers(6);
  ASSERT_OK_AND_ASSIGN(
      const auto algorithm,
      MakeAlgorithm(kName, space, R"({"population": 2, "tournament": 20})"));
  const Point good(6, 0);
  const Point fair(6, 1);
  const Point poor(6, 2);
  ASSERT_OK(algorithm->Observe({{1, good, {3}, ""}, {2, poor, {1}, ""}}));
  EXPECT_EQ(Differences(Suggest(*algorithm, 3, 2, 1)[0], good), 1);
  // A failure is not born.
  ASSERT_OK(algorithm->Observe({{3, fair, {}, ""}}));
  EXPECT_EQ(Differences(Suggest(*algorithm, 3, 3, 1)[0], good), 1);
  ASSERT_OK(algorithm->Observe({{4, fair, {2}, ""}}));
  EXPECT_EQ(Differences(Suggest(*algorithm, 3, 4, 1)[0], fair), 1);
}

TEST(RegularizedEvolutionTest, TheStartIsRandomAndLostTrialsDoNotProlongIt) {
  const SearchSpace space = Layers(20);
  ASSERT_OK_AND_ASSIGN(
      const auto algorithm,
      MakeAlgorithm(kName, space, R"({"population": 6, "tournament": 2})"));
  const Point parent(20, 0);
  ASSERT_OK(algorithm->Observe({{1, parent, {1}, ""}, {2, parent, {1}, ""}}));
  const Rng rng(1);
  std::vector<Pending> lost;
  for (int64_t i = 2; i < 10; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto next,
                         algorithm->Suggest({1, i, lost, rng}));
    EXPECT_EQ(Differences(next.at(0).point, parent) > 5, i < 6) << i;
    lost.push_back({i + 1, next[0].point, ""});
  }
}

TEST(RegularizedEvolutionTest, KnownPointsAreNotRepeated) {
  const SearchSpace space = Layers(3);
  const auto distinct = [&](const char* options) {
    const auto algorithm = *MakeAlgorithm(kName, space, options);
    std::set<Point> points;
    for (const Observation& each : RunStudy(
             *algorithm, {.trials = 50, .workers = 6}, [](const Point& point) {
               return std::vector<double>{Accuracy(point)};
             })) {
      points.insert(each.point);
    }
    return points.size();
  };
  EXPECT_EQ(distinct("{}"), 50);
  EXPECT_LT(distinct(R"({"deduplicate": false})"), 40);
}

TEST(RegularizedEvolutionTest, ParentsOfSeveralObjectivesAreNotDominated) {
  const SearchSpace space = Layers(6);
  ASSERT_OK_AND_ASSIGN(
      const auto algorithm,
      MakeAlgorithm(kName, space, R"({"population": 3, "tournament": 50,
                        "deduplicate": false})",
                    {{}, {}}));
  const Point left(6, 0);
  const Point right(6, 1);
  ASSERT_OK(algorithm->Observe({{1, left, {0, 9}, ""},
                                {2, right, {9, 0}, ""},
                                {3, Point(6, 2), {0, 0}, ""}}));
  int of_left = 0;
  int of_right = 0;
  for (const Point& child : Suggest(*algorithm, 3, 3, 20)) {
    of_left += Differences(child, left) == 1;
    of_right += Differences(child, right) == 1;
  }
  EXPECT_EQ(of_left + of_right, 20);
  EXPECT_GT(of_left, 2);
  EXPECT_GT(of_right, 2);
}

TEST(RegularizedEvolutionTest, GaussianStepsStayNear) {
  const SearchSpace space = MakeSpace(
      "parameters { parameter_id: 'x' double_value_spec { max_value: 1 } }");
  ASSERT_OK_AND_ASSIGN(
      const auto algorithm,
      MakeAlgorithm(kName, space,
                    R"({"population": 2, "mutation": "gaussian",
                        "step": 0.01})"));
  ASSERT_OK(algorithm->Observe({{1, {0.5}, {1}, ""}, {2, {0.5}, {1}, ""}}));
  for (const Point& child : Suggest(*algorithm, 3, 2, 20)) {
    EXPECT_NEAR(child[0], 0.5, 0.05);
  }
}

}  // namespace
}  // namespace apogee
