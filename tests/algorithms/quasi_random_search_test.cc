#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;

// How far the points are from even (Warnock's formula for the L2 star
// discrepancy).
double Discrepancy(const std::vector<Point>& points) {
  const auto n = static_cast<double>(points.size());
  const auto d = static_cast<double>(points[0].size());
  double single = 0;
  double pairs = 0;
  for (const Point& a : points) {
    double product = 1;
    for (const double x : a) product *= 1 - x * x;
    single += product;
    for (const Point& b : points) {
      product = 1;
      for (size_t i = 0; i < a.size(); ++i) product *= 1 - std::max(a[i], b[i]);
      pairs += product;
    }
  }
  return std::sqrt(std::pow(3, -d) - single * std::pow(2, 1 - d) / n +
                   pairs / (n * n));
}

TEST(QuasiRandomSearchTest, IsMoreEvenThanRandomSearch) {
  for (const int dimensions : {1, 2, 4}) {
    const SearchSpace space = MakeSpace(DoubleSpecs(dimensions));
    ASSERT_OK_AND_ASSIGN(const auto quasi,
                         MakeAlgorithm("QUASI_RANDOM_SEARCH", space));
    ASSERT_OK_AND_ASSIGN(const auto random,
                         MakeAlgorithm("RANDOM_SEARCH", space));
    double quasi_sum = 0;
    double random_sum = 0;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      quasi_sum += Discrepancy(Suggest(*quasi, seed, 0, 100));
      random_sum += Discrepancy(Suggest(*random, seed, 0, 100));
    }
    EXPECT_LT(quasi_sum, 0.6 * random_sum) << dimensions << " dimensions";
  }
}

TEST(QuasiRandomSearchTest, FirstPointIsTheDefaultWhenAnyIsDeclared) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec {
        max_value: 4
        default_value { value: 1 }
      }
    }
    parameters {
      parameter_id: "y"
      double_value_spec { max_value: 4 }
    }
    parameters {
      parameter_id: "c"
      categorical_value_spec { values: "a" values: "b" values: "c" }
    })pb");
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("QUASI_RANDOM_SEARCH", space));
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const std::vector<Point> points = Suggest(*search, seed, 0, 2);
    EXPECT_THAT(points[0], ElementsAre(0.25, 0.5, 1));
    EXPECT_NE(points[1], points[0]);
  }
}

TEST(QuasiRandomSearchTest, FirstPointDependsOnTheSeedWithoutDefaults) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("QUASI_RANDOM_SEARCH", space));
  EXPECT_NE(Suggest(*search, 1, 0, 1), Suggest(*search, 2, 0, 1));
}

TEST(QuasiRandomSearchTest, ValuesOfAListTakeTurns) {
  const SearchSpace space = MakeSpace(
      R"pb(parameters {
             parameter_id: "c"
             categorical_value_spec { values: "a" values: "b" }
           })pb");
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("QUASI_RANDOM_SEARCH", space));
  const std::vector<Point> points = Suggest(*search, 1, 0, 20);
  for (size_t i = 0; i < points.size(); i += 2) {
    EXPECT_NE(points[i], points[i + 1]);
  }
}

}  // namespace
}  // namespace apogee
