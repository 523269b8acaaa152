#include "client/import/optuna_values.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

std::string Float(absl::string_view attributes) {
  return absl::StrCat(R"({"name": "FloatDistribution", "attributes": {)",
                      attributes, "}}");
}
std::string Int(absl::string_view attributes) {
  return absl::StrCat(R"({"name": "IntDistribution", "attributes": {)",
                      attributes, "}}");
}
std::string Categorical(absl::string_view choices) {
  return absl::StrCat(
      R"({"name": "CategoricalDistribution", "attributes": {"choices": [)",
      choices, "]}}");
}

OptunaParameter Parameter(const std::string& json) {
  absl::StatusOr<OptunaDistribution> distribution =
      ParseOptunaDistribution(json);
  EXPECT_OK(distribution);
  return OptunaParameter(*std::move(distribution));
}

// The spec of a parameter "p".
absl::StatusOr<vizier::StudySpec::ParameterSpec> Spec(const std::string& json) {
  std::string loss;
  return Parameter(json).ToSpec("p", loss);
}

TEST(OptunaValues, RangesKeepTheirBoundsScalesAndSteps) {
  EXPECT_THAT(
      Spec(Float(R"("low": 1e-5, "high": 1.0, "log": true, "step": null)")),
      IsOkAndHolds(
          EqualsProto("parameter_id: 'p' scale_type: UNIT_LOG_SCALE "
                      "double_value_spec { min_value: 1e-5 max_value: 1 }")));
  EXPECT_THAT(
      Spec(Float(R"("low": 0, "high": 0.3, "log": false, "step": 0.1)")),
      IsOkAndHolds(EqualsProto(
          "parameter_id: 'p' external_type: AS_FLOAT discrete_value_spec { "
          "values: 0 values: 0.1 values: 0.2 values: 0.3 }")));
  EXPECT_THAT(Spec(Int(R"("low": -3, "high": 9, "log": false, "step": 1)")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' "
                  "integer_value_spec { min_value: -3 max_value: 9 }")));
  EXPECT_THAT(Spec(Int(R"("low": 1, "high": 6, "step": 2)")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' external_type: AS_INTEGER "
                  "discrete_value_spec { values: 1 values: 3 values: 5 }")));
}

TEST(OptunaValues, ChoicesKeepTheirTypeWhereThereIsOne) {
  EXPECT_THAT(Spec(Categorical(R"("sgd", "adam")")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' "
                  "categorical_value_spec { values: 'sgd' values: 'adam' }")));
  EXPECT_THAT(Spec(Categorical("64, 16, 32")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' external_type: AS_INTEGER "
                  "discrete_value_spec { values: 16 values: 32 values: 64 }")));
  EXPECT_THAT(Spec(Categorical("0.5, 2")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' external_type: AS_FLOAT "
                  "discrete_value_spec { values: 0.5 values: 2 }")));
  EXPECT_THAT(
      Spec(Categorical("true, false")),
      IsOkAndHolds(EqualsProto(
          "parameter_id: 'p' external_type: AS_BOOLEAN "
          "categorical_value_spec { values: 'True' values: 'False' }")));
  EXPECT_THAT(Spec(Categorical(R"(null, 1.5, "a", true)")),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' categorical_value_spec { values: 'None' "
                  "values: '1.5' values: 'a' values: 'True' }")));
  EXPECT_THAT(Spec(Categorical(R"(1, "1")")),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("two of its choices are \"1\"")));
}

TEST(OptunaValues, TooManyStepsBecomeARange) {
  std::string loss;
  ASSERT_OK_AND_ASSIGN(const auto spec,
                       Parameter(Float(R"("low": 0, "high": 1, "step": 1e-6)"))
                           .ToSpec("p", loss));
  EXPECT_THAT(spec, EqualsProto("parameter_id: 'p' "
                                "double_value_spec { max_value: 1 }"));
  EXPECT_THAT(loss, HasSubstr("parameter \"p\" loses its steps of 1e-06"));
}

TEST(OptunaValues, ValuesAreThoseOfTheParameter) {
  const OptunaParameter range = Parameter(Float(R"("low": 0, "high": 1)"));
  EXPECT_THAT(range.ToValue(0.25),
              IsOkAndHolds(EqualsProto("number_value: 0.25")));
  EXPECT_THAT(range.ParseValue("0.5"),
              IsOkAndHolds(EqualsProto("number_value: 0.5")));
  const OptunaParameter text = Parameter(Categorical(R"("a", null)"));
  EXPECT_THAT(text.ToValue(1),
              IsOkAndHolds(EqualsProto("string_value: 'None'")));
  EXPECT_THAT(text.ParseValue("\"a\""),
              IsOkAndHolds(EqualsProto("string_value: 'a'")));
  const OptunaParameter number = Parameter(Categorical("64, 16"));
  EXPECT_THAT(number.ToValue(0), IsOkAndHolds(EqualsProto("number_value: 64")));
  for (const double index : {-1.0, 2.0, 1e300, -1e300}) {
    EXPECT_THAT(number.ToValue(index), StatusIs(StatusCode::kInvalidArgument,
                                                HasSubstr("it has no choice")));
  }
  for (const char* json : {"\"a\"", "17", "[]", "x", "null"}) {
    EXPECT_THAT(number.ParseValue(json), StatusIs(StatusCode::kInvalidArgument))
        << json;
  }
}

TEST(OptunaValues, AParameterIsAsWideAsAllItsTrials) {
  OptunaParameter parameter = Parameter(Int(R"("low": 2, "high": 8)"));
  ASSERT_OK_AND_ASSIGN(const OptunaDistribution wider,
                       ParseOptunaDistribution(Int(R"("low": 1, "high": 4)")));
  ASSERT_OK(parameter.Widen(wider));
  std::string loss;
  EXPECT_THAT(parameter.ToSpec("p", loss),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' "
                  "integer_value_spec { min_value: 1 max_value: 8 }")));
  EXPECT_EQ(loss, "");

  ASSERT_OK_AND_ASSIGN(
      const OptunaDistribution stepped,
      ParseOptunaDistribution(Int(R"("low": 1, "high": 9, "step": 4)")));
  ASSERT_OK(parameter.Widen(stepped));
  EXPECT_THAT(parameter.ToSpec("p", loss),
              IsOkAndHolds(EqualsProto(
                  "parameter_id: 'p' "
                  "integer_value_spec { min_value: 1 max_value: 9 }")));
  EXPECT_THAT(loss, HasSubstr("differ between trials"));

  for (const std::string& other :
       {Float(R"("low": 1, "high": 4)"),
        Int(R"("low": 1, "high": 4, "log": true)"), Categorical("1, 2")}) {
    ASSERT_OK_AND_ASSIGN(const OptunaDistribution distribution,
                         ParseOptunaDistribution(other));
    EXPECT_THAT(parameter.Widen(distribution),
                StatusIs(StatusCode::kInvalidArgument))
        << other;
  }
}

TEST(OptunaValues, WhatIsNoDistributionIsAnError) {
  for (const std::string& json :
       {std::string(), std::string("null"), std::string("{}"),
        std::string(R"({"name": "FloatDistribution"})"),
        std::string(R"({"name": "Other", "attributes": {}})"), Float(""),
        Float(R"("low": 0)"), Float(R"("low": "a", "high": 1)"),
        Float(R"("low": 2, "high": 1)"), Float(R"("low": 0, "high": 1e999)"),
        Float(R"("low": 0, "high": 1, "step": -1)"),
        Float(R"("low": NaN, "high": 1)"), Int(R"("low": 0, "high": 1e300)"),
        Categorical(""), Categorical("[1]"), Categorical("NaN"),
        std::string(100'000, '[')}) {
    EXPECT_THAT(ParseOptunaDistribution(json),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("its ")))
        << json.substr(0, 100);
  }
}

TEST(OptunaValues, TimesAreReadInTheirZone) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  EXPECT_THAT(ParseOptunaTime("2024-05-01 12:00:00.250000", utc),
              IsOkAndHolds(absl::FromUnixMillis(1714564800250)));
  EXPECT_THAT(
      ParseOptunaTime("2024-05-01 12:00:00", absl::FixedTimeZone(2 * 60 * 60)),
      IsOkAndHolds(absl::FromUnixSeconds(1714564800 - 7200)));
  for (const char* text : {"", "yesterday", "2024-05-01", "infinite-future"}) {
    EXPECT_THAT(ParseOptunaTime(text, utc),
                StatusIs(StatusCode::kInvalidArgument))
        << text;
  }
}

}  // namespace
}  // namespace apogee
