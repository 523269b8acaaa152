#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "kind"
    categorical_value_spec { values: "a" values: "b" values: "c" }
    conditional_parameter_specs {
      parent_categorical_values { values: "b" values: "c" }
      parameter_spec {
        parameter_id: "n"
        integer_value_spec { max_value: 20 }
      }
    }
  }
  parameters {
    parameter_id: "x"
    double_value_spec { max_value: 1 }
  })pb";

TEST(ShuffledGridSearchTest, HasThePointsOfTheGridInAnotherOrder) {
  const SearchSpace space = MakeSpace(kSpace);
  ASSERT_OK_AND_ASSIGN(const auto grid, MakeAlgorithm("GRID_SEARCH", space));
  ASSERT_OK_AND_ASSIGN(const auto shuffled,
                       MakeAlgorithm("SHUFFLED_GRID_SEARCH", space));
  const std::vector<std::string> expected = Texts(Suggest(*grid, 1, 0, 10'000));
  ASSERT_THAT(expected, SizeIs((1 + 2 * 21) * 10));
  std::set<std::vector<std::string>> orders = {expected};
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const auto points = Texts(Suggest(*shuffled, seed, 0, 10'000));
    EXPECT_THAT(points, UnorderedElementsAreArray(expected));
    orders.insert(points);
    EXPECT_THAT(Suggest(*shuffled, seed, 430, 1), IsEmpty());
  }
  EXPECT_THAT(orders, SizeIs(6));
}

TEST(ShuffledGridSearchTest, AShortSearchSeesAllOfAHugeGrid) {
  std::string text;
  for (int i = 0; i < 150; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'c", i,
                    "' categorical_value_spec { values: 'a' values: 'b' } }");
  }
  const SearchSpace space = MakeSpace(text);
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("SHUFFLED_GRID_SEARCH", space));
  std::vector<int> ones(150);
  for (const Point& point : Suggest(*search, 1, 0, 100)) {
    for (int i = 0; i < 150; ++i) ones[i] += point[i] == 1;
  }
  EXPECT_THAT(ones,
              testing::Each(testing::AllOf(testing::Ge(25), testing::Le(75))));
}

}  // namespace
}  // namespace apogee
