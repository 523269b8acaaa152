#include "algorithms/options.h"

#include <cmath>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using google::protobuf::Struct;

const std::vector<OptionSpec>& Declared() {
  static const auto& declared = *new std::vector<OptionSpec>{
      {.name = "elitist", .default_value = true},
      {.name = "population",
       .default_value = int64_t{50},
       .min = 2,
       .max = 1000},
      {.name = "rate", .default_value = 0.1, .min = 0, .max = 1},
      {.name = "kernel",
       .default_value = std::string("matern"),
       .choices = {"matern", "rbf"}},
      {.name = "label", .default_value = std::string()},
      {.name = "costs", .default_value = google::protobuf::Value()},
  };
  return declared;
}

absl::StatusOr<OptionValues> Check(absl::string_view text) {
  return CheckOptions("CMA_ES", Declared(), ParseProto<Struct>(text));
}

TEST(OptionsTest, DefaultsFillWhatIsNotGiven) {
  ASSERT_OK_AND_ASSIGN(const OptionValues values, Check(""));
  EXPECT_TRUE(values.Bool("elitist"));
  EXPECT_EQ(values.Int("population"), 50);
  EXPECT_EQ(values.Double("rate"), 0.1);
  EXPECT_EQ(values.String("kernel"), "matern");
  EXPECT_EQ(values.String("label"), "");
  EXPECT_EQ(values.Json("costs").kind_case(),
            google::protobuf::Value::KIND_NOT_SET);
}

TEST(OptionsTest, StructuredOnesAreTakenAsTheyAre) {
  ASSERT_OK_AND_ASSIGN(const OptionValues values, Check(R"pb(
                         fields {
                           key: "costs"
                           value { list_value { values { number_value: 3 } } }
                         }
                       )pb"));
  EXPECT_EQ(values.Json("costs").list_value().values(0).number_value(), 3);
}

TEST(OptionsTest, GivenValuesWin) {
  ASSERT_OK_AND_ASSIGN(const OptionValues values, Check(R"pb(
                         fields {
                           key: "elitist"
                           value { bool_value: false }
                         }
                         fields {
                           key: "population"
                           value { number_value: 1000 }
                         }
                         fields {
                           key: "rate"
                           value { number_value: 0 }
                         }
                         fields {
                           key: "kernel"
                           value { string_value: "rbf" }
                         }
                         fields {
                           key: "label"
                           value { string_value: "anything" }
                         }
                       )pb"));
  EXPECT_FALSE(values.Bool("elitist"));
  EXPECT_EQ(values.Int("population"), 1000);
  EXPECT_EQ(values.Double("rate"), 0);
  EXPECT_EQ(values.String("kernel"), "rbf");
  EXPECT_EQ(values.String("label"), "anything");
}

TEST(OptionsTest, MistakesSayTheCure) {
  const struct {
    const char* field;
    const char* error;
  } cases[] = {
      {"key: 'pupulation' value { number_value: 5 }",
       "algorithm CMA_ES has no option \"pupulation\"; did you mean "
       "\"population\"?"},
      {"key: 'xyz' value { number_value: 5 }",
       "algorithm CMA_ES has no option \"xyz\""},
      {"key: 'population' value { number_value: 1 }",
       "algorithm CMA_ES: option \"population\" must be an integer from 2 to "
       "1000, not 1"},
      {"key: 'population' value { number_value: 2.5 }",
       "algorithm CMA_ES: option \"population\" must be an integer from 2 to "
       "1000, not 2.5"},
      {"key: 'population' value { string_value: '7' }",
       "algorithm CMA_ES: option \"population\" must be an integer from 2 to "
       "1000, not \"7\""},
      {"key: 'rate' value { number_value: nan }",
       "algorithm CMA_ES: option \"rate\" must be a number from 0 to 1, not "
       "nan"},
      {"key: 'rate' value { list_value {} }",
       "algorithm CMA_ES: option \"rate\" must be a number from 0 to 1, not a "
       "list"},
      {"key: 'elitist' value { number_value: 1 }",
       "algorithm CMA_ES: option \"elitist\" must be true or false, not 1"},
      {"key: 'kernel' value { string_value: 'linear' }",
       "algorithm CMA_ES: option \"kernel\" must be one of \"matern\", "
       "\"rbf\", not \"linear\""},
      {"key: 'label' value { bool_value: true }",
       "algorithm CMA_ES: option \"label\" must be a string, not true"},
      {"key: 'label' value { null_value: NULL_VALUE }",
       "algorithm CMA_ES: option \"label\" must be a string, not null"},
  };
  for (const auto& [field, error] : cases) {
    EXPECT_THAT(Check(std::string("fields { ") + field + " }"),
                StatusIs(StatusCode::kInvalidArgument, error));
  }
}

TEST(OptionsDeathTest, AskingForWhatIsNotDeclaredEndsTheProcess) {
  ASSERT_OK_AND_ASSIGN(const OptionValues values, Check(""));
  EXPECT_DEATH(values.Int("polulation"), "");
  EXPECT_DEATH(values.Int("rate"), "");
}

}  // namespace
}  // namespace apogee
