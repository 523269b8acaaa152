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

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr char kName[] = "LOCAL_SEARCH";

double MeanBest(absl::string_view name, const SearchSpace& space,
                const SimulatedStudy& study, const Evaluate& evaluate,
                const std::vector<Goal>& goals = {{}}) {
  double sum = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto algorithm = *MakeAlgorithm(name, space, "{}", goals);
    SimulatedStudy seeded = study;
    seeded.seed = seed;
    sum += BestSafe(RunStudy(*algorithm, seeded, evaluate));
  }
  return sum / 5;
}

TEST(LocalSearchTest, ClimbsToTheTopOfCategories) {
  const SearchSpace space = MakeSpace(CategorySpecs(12, 3));
  // Each edge counts, and a little more beside an equal one.
  const auto accuracy = [](const Point& point) {
    double sum = 0;
    for (size_t i = 0; i < point.size(); ++i) {
      sum += point[i] == static_cast<double>(i % 3) ? 1 : 0;
      sum += i > 0 && point[i] == point[i - 1] ? 0.3 : 0;
    }
    return std::vector<double>{sum};
  };
  EXPECT_LT(MeanBest("RANDOM_SEARCH", space, {.trials = 150}, accuracy), 10);
  for (const int workers : {1, 8, 64}) {
    EXPECT_GT(
        MeanBest(kName, space, {.trials = 150, .workers = workers}, accuracy),
        10.8)
        << workers << " workers";
  }
}

TEST(LocalSearchTest, StepsOfNumbersShrinkTowardsTheTop) {
  const SearchSpace space = MakeSpace(DoubleSpecs(4));
  const auto hill = [](const Point& point) {
    double sum = 0;
    for (const double x : point) sum -= (x - 0.3) * (x - 0.3);
    return std::vector<double>{sum};
  };
  EXPECT_LT(MeanBest("RANDOM_SEARCH", space, {.trials = 200}, hill), -5e-3);
  EXPECT_GT(MeanBest(kName, space, {.trials = 200}, hill), -1e-4);
}

TEST(LocalSearchTest, KeepsTheLimit) {
  // The more b and c the better, but no more than six in all are allowed.
  EXPECT_EQ(MeanBest(kName, MakeSpace(CategorySpecs(8, 3)), {.trials = 200},
                     [](const Point& point) {
                       double sum = 0;
                       for (const double edge : point) sum += edge;
                       return std::vector<double>{sum, 6 - sum};
                     },
                     {{}, {0}}),
            6);
}

// What a climb is given when it stands at a point.
class NeighbourhoodTest : public testing::Test {
 protected:
  void Start(SearchSpace space) {
    space_ = std::make_unique<SearchSpace>(std::move(space));
    algorithm_ = *MakeAlgorithm(kName, *space_);
  }

  void Observe(const Point& point, double value, const std::string& memo) {
    ASSERT_OK(algorithm_->Observe({{++trials_, point, {value}, memo}}));
  }

  std::vector<Suggestion> Ask(int count) const {
    const Rng rng(1);
    return *algorithm_->Suggest({count, trials_, {}, rng});
  }

  std::vector<Point> AskPoints(int count) const {
    std::vector<Point> points;
    for (const Suggestion& each : Ask(count)) points.push_back(each.point);
    return points;
  }

  std::unique_ptr<SearchSpace> space_;
  std::unique_ptr<Algorithm> algorithm_;
  int64_t trials_ = 0;
};

TEST_F(NeighbourhoodTest, AllNeighboursAreTriedBeforeTheNextClimb) {
  Start(MakeSpace(CategorySpecs(2, 3)));
  Observe({0, 0}, 1, "1 0");
  const auto suggestions = Ask(5);
  const std::vector<Point> points = AskPoints(4);
  EXPECT_THAT(points, UnorderedElementsAre(Point{0, 1}, Point{0, 2},
                                           Point{1, 0}, Point{2, 0}));
  EXPECT_EQ(suggestions[3].memo, "1 0");
  EXPECT_EQ(suggestions[4].memo, "2 0");
}

TEST_F(NeighbourhoodTest, ABetterPointTakesOverAtOnceAWorseOneNever) {
  Start(MakeSpace(CategorySpecs(2, 3)));
  Observe({0, 0}, 1, "1 0");
  Observe({0, 1}, 2, "1 0");
  Observe({2, 0}, 0, "1 0");
  EXPECT_THAT(AskPoints(3),
              UnorderedElementsAre(Point{0, 2}, Point{1, 1}, Point{2, 1}));
}

TEST_F(NeighbourhoodTest, AnEarlierClimbGoesOnWithALateResult) {
  Start(MakeSpace(CategorySpecs(3, 3)));
  Observe({0, 0, 0}, 5, "1 0");
  Observe({2, 2, 2}, 1, "2 0");
  // One change away from the first climb.
  EXPECT_THAT(AskPoints(1)[0], testing::Contains(0).Times(2));
  Observe({0, 0, 1}, 6, "1 0");
  for (const Point& point : AskPoints(3)) {
    EXPECT_THAT(point, testing::AnyOf(testing::Contains(0).Times(2),
                                      ElementsAre(testing::_, testing::_, 1)));
  }
}

TEST_F(NeighbourhoodTest, NumbersStepByAQuarterThenByHalfAsMuch) {
  Start(MakeSpace(DoubleSpecs(1)));
  Observe({0.5}, 1, "1 0");
  EXPECT_THAT(AskPoints(2), UnorderedElementsAre(Point{0.25}, Point{0.75}));
  Observe({0.25}, 0, "1 0");
  Observe({0.75}, 0, "1 0");
  EXPECT_THAT(AskPoints(2), UnorderedElementsAre(Point{0.375}, Point{0.625}));
  EXPECT_EQ(Ask(1)[0].memo, "1 1");
  // After success the steps may grow by one level, not to the start.
  Observe({0.515625}, 2, "1 4");
  EXPECT_THAT(AskPoints(2),
              UnorderedElementsAre(Point{0.484375}, Point{0.546875}));
}

TEST_F(NeighbourhoodTest, IntegersStepToTheNextValueAtLeast) {
  Start(MakeSpace(
      "parameters { parameter_id: 'n' integer_value_spec { max_value: 2 } }"));
  Observe({0.5}, 1, "1 0");
  EXPECT_THAT(AskPoints(2), UnorderedElementsAre(Point{0}, Point{1}));
}

TEST_F(NeighbourhoodTest, ParametersThatBecomeActiveStartAtTheirDefault) {
  Start(MakeSpace(R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec { values: "a" values: "b" }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "x"
          double_value_spec {
            max_value: 1
            default_value { value: 0.125 }
          }
        }
      }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" }
        parameter_spec {
          parameter_id: "y"
          double_value_spec { max_value: 1 }
        }
      }
    })pb"));
  Observe({0, kInactive, kInactive}, 1, "1 0");
  EXPECT_THAT(AskPoints(1)[0], ElementsAre(1, 0.125, 0.5));
}

TEST_F(NeighbourhoodTest, MemosFromElsewhereCountForTheLatestClimb) {
  Start(MakeSpace(CategorySpecs(3, 3)));
  for (const char* memo :
       {"", "x", "1", "-1 0", "7 0", "1 99", "99999999999999999999 0"}) {
    Observe({0, 0, 0}, 1, memo);
  }
  EXPECT_EQ(Ask(1)[0].memo, "1 0");
}

}  // namespace
}  // namespace apogee
