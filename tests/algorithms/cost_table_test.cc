#include "algorithms/cost_table.h"

#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/util/json_util.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "kind"
    categorical_value_spec { values: "small" values: "deep" }
    conditional_parameter_specs {
      parent_categorical_values { values: "deep" }
      parameter_spec {
        parameter_id: "depth"
        integer_value_spec { min_value: 1 max_value: 3 }
      }
    }
  }
  parameters {
    parameter_id: "width"
    discrete_value_spec { values: 8 values: 16 }
  }
  parameters {
    parameter_id: "x"
    double_value_spec { max_value: 1 }
  })pb";

google::protobuf::Value Json(const std::string& text) {
  google::protobuf::Value value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &value).ok());
  return value;
}

class CostTableTest : public testing::Test {
 protected:
  absl::StatusOr<CostTable> Make(const std::string& table) const {
    return CostTable::Create(&space_, Json("{\"table\": " + table + "}"));
  }

  const SearchSpace space_ = MakeSpace(kSpace);
};

TEST_F(CostTableTest, OnlyWhatIsActiveCosts) {
  ASSERT_OK_AND_ASSIGN(const CostTable costs,
                       Make(R"({"kind": {"small": 3, "deep": 1},
               "depth": {"1": 4, "2": 5, "3": 6},
               "width": {"8": 0.5, "16": -1}})"));
  EXPECT_EQ(costs.Of({0, kInactive, 0, 0.5}), 3.5);
  EXPECT_EQ(costs.Of({1, 0.5, 1, 0.5}), 5);
}

TEST_F(CostTableTest, TheCheapestValueCountsWhatItActivates) {
  ASSERT_OK_AND_ASSIGN(const CostTable costs,
                       Make(R"({"kind": {"small": 3, "deep": 1},
               "depth": {"1": 4, "2": 5, "3": 1.5}})"));
  EXPECT_EQ(Text(costs.Cheapest()), Text({1, 1, kInactive, kInactive}));
  ASSERT_OK_AND_ASSIGN(const CostTable dear,
                       Make(R"({"depth": {"1": 4, "2": 5, "3": 1.5}})"));
  EXPECT_EQ(Text(dear.Cheapest()), Text({0, 1, kInactive, kInactive}));
  ASSERT_OK_AND_ASSIGN(const CostTable gain,
                       Make(R"({"depth": {"1": -4, "2": 5, "3": 1.5}})"));
  EXPECT_EQ(Text(gain.Cheapest()), Text({1, 0, kInactive, kInactive}));
}

TEST_F(CostTableTest, RefusesWhatDoesNotFit) {
  for (const std::string option :
       {"3", "{}", R"({"kind": {"small": 1, "deep": 2}})", R"({"table": 3})",
        R"({"table": {}, "more": 1})"}) {
    EXPECT_THAT(CostTable::Create(&space_, Json(option)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "option \"cost\" must be {\"table\": {parameter: "
                         "{value: cost}}}"))
        << option;
  }
  for (const auto& [table, named] :
       std::vector<std::pair<std::string, std::string>>{
           {R"({"kin": {}})", "did you mean \"kind\""},
           {R"({"x": {"0": 1}})", "\"x\", a double"},
           {R"({"kind": 3})", "\"kind\" an object"},
           {R"({"kind": {"small": 1}})", "lacks a price for value \"deep\""},
           {R"({"kind": {"small": "1", "deep": 2}})", "a number"},
           {R"({"kind": {"tiny": 1}})", "prices \"tiny\""},
           {R"({"depth": {"one": 1}})", "prices \"one\""},
           {R"({"depth": {"9": 1}})", "prices \"9\""}}) {
    EXPECT_THAT(Make(table),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(named)))
        << table;
  }
}

}  // namespace
}  // namespace apogee
