#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(GridSearchTest, FirstParameterTurnsFastestAndTheGridEnds) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "n"
      integer_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "x"
      scale_type: UNIT_LOG_SCALE
      double_value_spec { min_value: 1 max_value: 100 }
    })pb");
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("GRID_SEARCH", space, R"({"double_points": 3})"));
  EXPECT_THAT(
      Suggest(*search, 1, 0, 4),
      ElementsAre(Point{0, 0}, Point{1, 0}, Point{0, 0.5}, Point{1, 0.5}));
  EXPECT_THAT(Suggest(*search, 1, 4, 4), ElementsAre(Point{0, 1}, Point{1, 1}));
  EXPECT_THAT(Suggest(*search, 1, 6, 4), IsEmpty());
  EXPECT_THAT(Suggest(*search, 1, int64_t{1} << 62, 1), IsEmpty());
}

TEST(GridSearchTest, TakesTenValuesOfADoubleUnlessTold) {
  const SearchSpace space = MakeSpace(R"pb(parameters {
                                             parameter_id: "x"
                                             double_value_spec { max_value: 1 }
                                           })pb");
  ASSERT_OK_AND_ASSIGN(const auto search, MakeAlgorithm("GRID_SEARCH", space));
  EXPECT_THAT(Suggest(*search, 1, 0, 100), SizeIs(10));
}

TEST(GridSearchTest, InactiveParametersDoNotMultiplyTheGrid) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "optimizer"
      categorical_value_spec { values: "adam" values: "sgd" }
      conditional_parameter_specs {
        parent_categorical_values { values: "sgd" }
        parameter_spec {
          parameter_id: "momentum"
          discrete_value_spec { values: 0 values: 0.9 values: 0.99 }
        }
      }
    })pb");
  ASSERT_OK_AND_ASSIGN(const auto search, MakeAlgorithm("GRID_SEARCH", space));
  // adam; sgd with 3 momenta.
  EXPECT_THAT(Texts(Suggest(*search, 1, 0, 100)),
              ElementsAre("0 -", "1 0", testing::StartsWith("1 0.9"), "1 1"));
}

TEST(GridSearchTest, AnEmptySpaceHasOnePoint) {
  const SearchSpace space = MakeSpace("");
  ASSERT_OK_AND_ASSIGN(const auto search, MakeAlgorithm("GRID_SEARCH", space));
  EXPECT_THAT(Suggest(*search, 1, 0, 5), ElementsAre(Point{}));
}

TEST(GridSearchTest, OptionsAreChecked) {
  const SearchSpace space = MakeSpace("");
  EXPECT_THAT(
      MakeAlgorithm("GRID_SEARCH", space, R"({"double_pionts": 3})"),
      StatusIs(StatusCode::kInvalidArgument,
               "algorithm GRID_SEARCH has no option \"double_pionts\"; did you "
               "mean \"double_points\"?"));
  EXPECT_THAT(
      MakeAlgorithm("GRID_SEARCH", space, R"({"double_points": 0})"),
      StatusIs(StatusCode::kInvalidArgument,
               "algorithm GRID_SEARCH: option \"double_points\" must be an "
               "integer from 1 to 10000, not 0"));
}

}  // namespace
}  // namespace apogee
