#include <algorithm>
#include <vector>

#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(RandomSearchTest, EveryParameterIsUniformAndIndependent) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "n"
      integer_value_spec { max_value: 3 }
    }
    parameters {
      parameter_id: "c"
      categorical_value_spec { values: "a" values: "b" }
    })pb");
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("RANDOM_SEARCH", space));
  constexpr int kPoints = 8000;
  // Half of x by n by c: 16 cells of equal weight.
  std::vector<int> cells(16);
  for (const Point& point : Suggest(*search, 5, 0, kPoints)) {
    const int64_t n = space.ValueIndexOf(1, point[1]);
    ++cells[(point[0] < 0.5) + 2 * n + 8 * static_cast<int64_t>(point[2])];
  }
  double chi_squared = 0;
  for (const int count : cells) {
    chi_squared += (count - 500.0) * (count - 500.0) / 500;
  }
  // 99.9 % of a chi-squared distribution with 15 degrees of freedom.
  EXPECT_LT(chi_squared, 37.7);
}

TEST(RandomSearchTest, NeverEnds) {
  const SearchSpace space = MakeSpace(
      R"pb(parameters {
             parameter_id: "only"
             integer_value_spec { min_value: 4 max_value: 4 }
           })pb");
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("RANDOM_SEARCH", space));
  EXPECT_THAT(Suggest(*search, 5, 0, 50),
              testing::AllOf(testing::SizeIs(50), testing::Each(Point{0.5})));
}

}  // namespace
}  // namespace apogee
