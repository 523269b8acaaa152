#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr char kName[] = "GP_UCB_PE";

SearchSpace Square() {
  return MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "y"
      double_value_spec { max_value: 1 }
    })pb");
}

// Two hills, the higher one at 0.8, 0.2.
std::vector<double> Hills(const Point& point) {
  const auto hill = [&](double x, double y) {
    return std::exp(-20 *
                    (std::pow(point[0] - x, 2) + std::pow(point[1] - y, 2)));
  };
  return {hill(0.8, 0.2) + 0.7 * hill(0.2, 0.8)};
}

std::vector<Observation> Observe(Algorithm& algorithm, int count) {
  std::vector<Observation> finished;
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < count; ++i) {
    const Point point = {random.Uniform(), random.Uniform()};
    finished.push_back({i + 1, point, Hills(point), ""});
  }
  EXPECT_OK(algorithm.Observe(finished));
  return finished;
}

TEST(GpUcbPeTest, ABatchIsSpreadOut) {
  const SearchSpace space = Square();
  const auto algorithm = *MakeAlgorithm(kName, space);
  Observe(*algorithm, 12);
  const std::vector<Point> points = Suggest(*algorithm, 1, 12, 6);
  for (size_t a = 0; a < points.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      EXPECT_GT(
          std::hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]),
          0.02);
    }
  }
}

// Exploits when results came since the last suggestion, else mostly explores.
TEST(GpUcbPeTest, ExploresWhileItWaitsForResults) {
  const SearchSpace space = Square();
  const auto algorithm = *MakeAlgorithm(kName, space);
  Observe(*algorithm, 12);
  const Rng rng(1);
  int explored_first = 0;
  int explored_later = 0;
  for (int64_t ordinal = 12; ordinal < 42; ++ordinal) {
    ASSERT_OK_AND_ASSIGN(const std::vector<Suggestion> first,
                         algorithm->Suggest({1, ordinal, {}, rng}));
    const std::vector<Pending> pending = {
        {ordinal, first[0].point, first[0].memo}};
    ASSERT_OK_AND_ASSIGN(const std::vector<Suggestion> later,
                         algorithm->Suggest({1, ordinal + 1, pending, rng}));
    explored_first += first[0].memo == "12 explore" ? 1 : 0;
    explored_later += later[0].memo == "12 explore" ? 1 : 0;
  }
  EXPECT_LT(explored_first, 10);
  EXPECT_GT(explored_later, 15);
}

TEST(GpUcbPeTest, ManyWorkersFindTheHigherHill) {
  const SearchSpace space = Square();
  int found = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    const auto algorithm = *MakeAlgorithm(kName, space);
    if (BestSafe(RunStudy(*algorithm,
                          {.trials = 80, .workers = 10, .seed = seed}, Hills)) >
        0.99) {
      ++found;
    }
  }
  EXPECT_GE(found, 3);
}

TEST(GpUcbPeTest, SeveralObjectivesSpreadOverTheFront) {
  const SearchSpace space = Square();
  const auto distances = [](const Point& point) {
    return std::vector<double>{-std::hypot(point[0], point[1] - 0.5),
                               -std::hypot(point[0] - 1, point[1] - 0.5)};
  };
  const auto algorithm = *MakeAlgorithm(kName, space, "{}", {Goal(), Goal()});
  // The front is the line from one place to the other.
  std::vector<bool> found(5);
  for (const Observation& each :
       RunStudy(*algorithm, {.trials = 60, .workers = 2}, distances)) {
    if (std::abs(each.point[1] - 0.5) > 0.02) continue;
    found[static_cast<size_t>(std::min(4.0, 5 * each.point[0]))] = true;
  }
  EXPECT_EQ(std::count(found.begin(), found.end(), true), 5);
}

void GivesAllowedAndNew(const SearchSpace& space, int count) {
  const auto algorithm =
      *MakeAlgorithm(kName, space, R"({"candidates": 100, "max_trials": 10})");
  ExpectAllowedAndNew(*algorithm, space, count);
}

TEST(GpUcbPeTest, TenThousandPointsAreAllowedAndNew) {
  GivesAllowedAndNew(
      MakeSpace(absl::StrCat(DoubleSpecs(2), CategorySpecs(2, 3))), 4000);
  GivesAllowedAndNew(MakeSpace(absl::StrCat(DoubleSpecs(1), kConditionalSpecs)),
                     3000);
  GivesAllowedAndNew(MakeSpace(DoubleSpecs(3), {"x0 + x1 + x2 = 1"}), 3000);
}

TEST(GpUcbPeTest, FewPointsAreAllGivenBeforeAnyIsGivenAgain) {
  GivesAllowedAndNew(MakeSpace(CategorySpecs(3, 4)), 64);
  // "a", and "b" with each of ten numbers.
  GivesAllowedAndNew(MakeSpace(kConditionalSpecs), 11);
}

TEST(GpUcbPeTest, OptionsAreNamedInRefusals) {
  const SearchSpace space = Square();
  EXPECT_THAT(
      MakeAlgorithm(kName, space, R"({"candidates": 1})"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("candidates")));
}

}  // namespace
}  // namespace apogee
