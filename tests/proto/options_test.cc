#include "proto/options.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "proto/transfer.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::StudyOptions;
using testing::HasSubstr;

vizier::StudySpec WithJson(const std::string& json) {
  vizier::StudySpec spec;
  vizier::KeyValue& entry = *spec.add_metadata();
  entry.set_ns(":apogee");
  entry.set_key("options");
  entry.set_value(json);
  return spec;
}

constexpr char kJson[] = R"({
  "seed": 7,
  "algorithm": {"double_points": 20, "deep": {"list": [1, "x", null, true]}},
  "budget": {"trials": 60}, "constraints": ["a + b <= 1"],
  "stopping": {"rule": "MEDIAN", "min_steps": 0, "min_trials": 1}})";

constexpr char kText[] = R"pb(
  seed: 7
  algorithm {
    fields {
      key: "double_points"
      value { number_value: 20 }
    }
    fields {
      key: "deep"
      value {
        struct_value {
          fields {
            key: "list"
            value {
              list_value {
                values { number_value: 1 }
                values { string_value: "x" }
                values { null_value: NULL_VALUE }
                values { bool_value: true }
              }
            }
          }
        }
      }
    }
  }
  budget { trials: 60 }
  constraints: "a + b <= 1"
  stopping { rule: "MEDIAN" min_steps: 0 min_trials: 1 }
)pb";

TEST(Options, AStudyMayHaveNone) {
  EXPECT_THAT(ReadStudyOptions(vizier::StudySpec()),
              IsOkAndHolds(EqualsProto("")));
}

TEST(Options, TheFieldAndTheJsonMeanTheSame) {
  EXPECT_THAT(ReadStudyOptions(WithJson(kJson)),
              IsOkAndHolds(EqualsProto(kText)));
  vizier::StudySpec spec;
  *spec.mutable_apogee_options() = ParseProto<StudyOptions>(kText);
  EXPECT_THAT(ReadStudyOptions(spec), IsOkAndHolds(EqualsProto(kText)));
}

TEST(Options, SaidTwiceTheyMustBeEqual) {
  vizier::StudySpec spec = WithJson(kJson);
  *spec.mutable_apogee_options() = ParseProto<StudyOptions>(kText);
  EXPECT_THAT(ReadStudyOptions(spec), IsOkAndHolds(EqualsProto(kText)));
  spec.mutable_apogee_options()->set_seed(8);
  EXPECT_THAT(ReadStudyOptions(spec),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("they differ")));
}

TEST(Options, OtherMetadataIsNotLookedAt) {
  vizier::StudySpec spec = WithJson("not JSON");
  spec.mutable_metadata(0)->set_ns(":apogee:options");
  EXPECT_OK(ReadStudyOptions(spec));
  spec.mutable_metadata(0)->set_ns(":apogee");
  spec.mutable_metadata(0)->set_key("note");
  EXPECT_OK(ReadStudyOptions(spec));
}

TEST(Options, TheMetadataEntryMustBeOneText) {
  vizier::StudySpec spec = WithJson("{}");
  spec.mutable_metadata(0)->mutable_proto();
  EXPECT_THAT(ReadStudyOptions(spec), StatusIs(StatusCode::kInvalidArgument,
                                               HasSubstr("must be JSON text")));
  spec = WithJson("{}");
  *spec.add_metadata() = spec.metadata(0);
  EXPECT_THAT(ReadStudyOptions(spec),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("twice")));
}

TEST(Options, AnUnknownOptionIsRefusedWithTheNearestKnown) {
  EXPECT_THAT(
      ParseStudyOptions(R"({"budgte": {"trials": 1}})"),
      StatusIs(StatusCode::kInvalidArgument,
               R"(option "budgte" is unknown; did you mean "budget"?)"));
  EXPECT_THAT(ParseStudyOptions(R"({"budget": {"trails": 1}})"),
              StatusIs(StatusCode::kInvalidArgument,
                       "option \"budget.trails\" is unknown; did you mean "
                       "\"budget.trials\"?"));
  EXPECT_THAT(ParseStudyOptions(R"({"zzzzzzzzzzzz": 1})"),
              StatusIs(StatusCode::kInvalidArgument,
                       R"(option "zzzzzzzzzzzz" is unknown)"));
}

TEST(Options, AWrongTypeNamesTheOption) {
  const struct {
    const char* json;
    const char* error;
  } kCases[] = {
      {R"({"seed": -1})",
       R"(option "seed" must be a whole number, 0 or more, not -1)"},
      {R"({"seed": 1.5})",
       R"(option "seed" must be a whole number, 0 or more, not 1.5)"},
      {R"({"seed": "x"})",
       R"(option "seed" must be a whole number, 0 or more, not "x")"},
      {R"({"seed": 18446744073709551616})",
       "option \"seed\" must be a whole number, 0 or more, not "
       "1.8446744073709552e+19"},
      {R"({"budget": 60})", R"(option "budget" must be an object, not 60)"},
      {R"({"budget": {"trials": [60]}})",
       R"(option "budget.trials" must be a whole number, not array)"},
      {R"({"budget": {"trials": 9223372036854775808}})",
       "option \"budget.trials\" must be a whole number, not "
       "9223372036854775808"},
      {R"({"stopping": {"rule": true}})",
       R"(option "stopping.rule" must be a string, not true)"},
      {R"({"constraints": "a <= 1"})",
       R"(option "constraints" must be a list of strings, not "a <= 1")"},
      {R"({"constraints": ["a <= 1", 2]})",
       R"(option "constraints" must be a list of strings, not array)"},
      {R"({"constraints": ["a <= 1", "a"]})",
       R"(constraint "a": expected <=, >= or = next, at its end)"},
      {R"({"algorithm": "CMA_ES"})",
       R"(option "algorithm" must be an object, not "CMA_ES")"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseStudyOptions(test.json),
                StatusIs(StatusCode::kInvalidArgument, test.error));
  }
}

TEST(Options, ASeedIsANumberOrAString) {
  for (const char* const json : {R"({"seed": 18446744073709551615})",
                                 R"({"seed": "18446744073709551615"})"}) {
    EXPECT_THAT(ParseStudyOptions(json),
                IsOkAndHolds(EqualsProto("seed: 18446744073709551615")));
  }
}

TEST(Options, NullIsTheSameAsLeftOut) {
  EXPECT_THAT(
      ParseStudyOptions(
          R"({"seed": null, "algorithm": null, "budget": {"trials": null}})"),
      IsOkAndHolds(EqualsProto("budget {}")));
}

TEST(Options, ValuesOutOfRangeAreRefusedBothWays) {
  EXPECT_THAT(ParseStudyOptions(R"({"budget": {"trials": 0}})"),
              StatusIs(StatusCode::kInvalidArgument,
                       R"(option "budget.trials" is 0; it must be 1 or more)"));
  EXPECT_THAT(
      ParseStudyOptions(R"({"stopping": {"min_steps": -1}})"),
      StatusIs(StatusCode::kInvalidArgument,
               R"(option "stopping.min_steps" is -1; it must be 0 or more)"));
  vizier::StudySpec spec;
  spec.mutable_apogee_options()->mutable_stopping()->set_min_trials(0);
  EXPECT_THAT(
      ReadStudyOptions(spec),
      StatusIs(StatusCode::kInvalidArgument,
               R"(option "stopping.min_trials" is 0; it must be 1 or more)"));
}

TEST(Options, NumbersOfStoppingRulesHaveRanges) {
  const auto parse = [](const std::string& option) {
    return ParseStudyOptions(absl::StrCat("{\"stopping\": {", option, "}}"))
        .status();
  };
  const auto refusal = [](const std::string& message) {
    return StatusIs(StatusCode::kInvalidArgument,
                    absl::StrCat("option \"stopping.", message));
  };
  EXPECT_OK(parse(R"("percentile": 0.5, "eta": 2, "max_steps": 1)"));
  EXPECT_OK(parse(R"("eta": 100, "confidence": 0.5, "fraction": 0)"));
  EXPECT_OK(parse(R"("confidence": 0.999, "fraction": 1)"));
  EXPECT_THAT(parse(R"("percentile": 100)"),
              refusal("percentile\" is 100; it must be between 0 and 100"));
  EXPECT_THAT(parse(R"("percentile": 0)"),
              refusal("percentile\" is 0; it must be between 0 and 100"));
  EXPECT_THAT(parse(R"("eta": 1)"), refusal("eta\" is 1; it must be 2 to 100"));
  EXPECT_THAT(parse(R"("max_steps": 0)"),
              refusal("max_steps\" is 0; it must be 1 or more"));
  EXPECT_THAT(parse(R"("confidence": 1)"),
              refusal("confidence\" is 1; it must be 0.5 to less than 1"));
  EXPECT_THAT(parse(R"("fraction": -0.1)"),
              refusal("fraction\" is -0.1; it must be 0 to 1"));
  EXPECT_THAT(parse(R"("fraction": "half")"),
              refusal("fraction\" must be a number, not \"half\""));
  apogee::v1::Stopping stopping;
  stopping.set_percentile(std::nan(""));
  EXPECT_THAT(CheckStopping(stopping),
              refusal("percentile\" is nan; it must be between 0 and 100"));
}

TEST(Options, LeasesKeepTheirRanges) {
  EXPECT_THAT(ParseStudyOptions(R"({"lease": {"reissues": 0, "seconds": 1}})"),
              IsOkAndHolds(EqualsProto("lease { seconds: 1 reissues: 0 }")));
  for (const auto& [json, error] :
       {std::pair(R"({"lease": {"seconds": 0}})",
                  R"(option "lease.seconds" is 0; it must be from 1 to )"
                  "31536000"),
        std::pair(R"({"lease": {"trial_seconds": 31536001}})",
                  R"(option "lease.trial_seconds" is 31536001; it must be )"
                  "from 1 to 31536000"),
        std::pair(R"({"lease": {"reissues": -1}})",
                  R"(option "lease.reissues" is -1; it must be from 0 to )"
                  "100")}) {
    EXPECT_THAT(ParseStudyOptions(json),
                StatusIs(StatusCode::kInvalidArgument, error));
  }
}

TEST(Options, WordsAboutLearningFromOthersAreChecked) {
  EXPECT_THAT(ParseStudyOptions(
                  R"({"share_for_training": "SERVER", "transfer": {
                      "from": ["owners/o/studies/a", "b"], "similar": 0,
                      "regressor": "12", "remote": false}})"),
              IsOkAndHolds(EqualsProto(R"pb(
                share_for_training: "SERVER"
                transfer {
                  from: "owners/o/studies/a"
                  from: "b"
                  similar: 0
                  regressor: "12"
                  remote: false
                }
              )pb")));
  const struct {
    const char* json;
    const char* error;
  } kCases[] = {
      {R"({"share_for_training": "OWNERS"})",
       "option \"share_for_training\": \"OWNERS\" says nothing; did you mean "
       "\"OWNER\"? (NONE, OWNER for the owner's studies, SERVER for "
       "everybody's)"},
      {R"({"transfer": {"from": ["a", "a"]}})",
       R"(option "transfer.from" names "a" twice; keep one)"},
      {R"({"transfer": {"similar": -1}})",
       R"(option "transfer.similar" is -1; it must be from 0 to 20)"},
      {R"({"transfer": {"remote": "no"}})",
       R"(option "transfer.remote" must be true or false, not "no")"},
      {R"({"transfer": {"regressor": "01"}})",
       "option \"transfer.regressor\": \"01\" is no regressor; write latest, "
       "none, or a version of \"apogee regressor list\""},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(ParseStudyOptions(test.json),
                StatusIs(StatusCode::kInvalidArgument, test.error));
  }
  StudyOptions many;
  for (int i = 0; i < 21; ++i) {
    many.mutable_transfer()->add_from(std::string(i + 1, 'a'));
  }
  EXPECT_THAT(CheckLearningOptions(many),
              StatusIs(StatusCode::kInvalidArgument,
                       "option \"transfer.from\" names 21 studies; at most 20 "
                       "are allowed"));
}

TEST(Options, APriorIsAStudyOfTheSameOwner) {
  const StudyName study{.owner = "o", .study = "a"};
  EXPECT_THAT(ParsePrior("a", "o"), IsOkAndHolds(study));
  EXPECT_THAT(ParsePrior("owners/o/studies/a", "o"), IsOkAndHolds(study));
  EXPECT_THAT(ParsePrior("owners/x/studies/a", "o"),
              StatusIs(StatusCode::kInvalidArgument,
                       "\"owners/x/studies/a\" is not a study of owner \"o\"; "
                       "a study learns from those of its own owner only"));
  EXPECT_THAT(ParsePrior("x/a", "o"), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParsePrior("", "o"), StatusIs(StatusCode::kInvalidArgument));
}

TEST(Options, WhatIsNotAJsonObjectIsRefused) {
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("[1]"),
        std::string("null"), std::string("{\"seed\": 1} x"),
        std::string("{\"algorithm\": {\"a\": 1e999}}"),
        std::string("{\"algorithm\": {\"a\": NaN}}"),
        std::string("{\"\xff\": 1}"), std::string(100'000, '['),
        std::string(1'000'000, '{')}) {
    EXPECT_THAT(ParseStudyOptions(json),
                StatusIs(StatusCode::kInvalidArgument,
                         HasSubstr("the options are not a JSON object")))
        << json.substr(0, 50);
  }
}

TEST(Options, DeepAlgorithmOptionsAreRefused) {
  const auto nested = [](int depth) {
    return "{\"algorithm\": {\"a\": " + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
  };
  EXPECT_OK(ParseStudyOptions(nested(19)));
  EXPECT_THAT(ParseStudyOptions(nested(100'000)),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("option \"algorithm\" is nested deeper")));
  // What is accepted survives the wire.
  ASSERT_OK_AND_ASSIGN(const StudyOptions deepest,
                       ParseStudyOptions(nested(19)));
  StudyOptions read;
  EXPECT_TRUE(read.ParseFromString(deepest.SerializeAsString()));
}

}  // namespace
}  // namespace apogee
