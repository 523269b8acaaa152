#include "server/engine/named_study.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(NamedStudy, IsDescribedByItsFirstObjectiveAndItsMetadata) {
  const auto spec = ParseProto<vizier::StudySpec>(R"pb(
    metrics {
      metric_id: "memory"
      goal: MINIMIZE
      safety_config { safety_threshold: 5 }
    }
    metrics { metric_id: "loss" goal: MINIMIZE }
    metrics { metric_id: "accuracy" goal: MAXIMIZE }
    metadata { key: "user" value: "ann" }
    metadata { ns: ":apogee" key: "options" value: "{}" }
    metadata { key: "data" value: "cifar" }
    parameters {
      parameter_id: "a"
      categorical_value_spec { values: "x" }
      conditional_parameter_specs {
        parent_categorical_values { values: "x" }
        parameter_spec {
          parameter_id: "b"
          double_value_spec {}
        }
      }
    }
  )pb");
  const StudyText text = DescribeStudy(spec);
  EXPECT_EQ(text.metric, "loss");
  EXPECT_FALSE(text.maximize);
  EXPECT_THAT(text.metadata,
              ElementsAre(Pair("data", "cifar"), Pair("user", "ann")));
  EXPECT_THAT(ParameterNames(spec), ElementsAre("a", "b"));
}

TEST(NamedStudy, TrialsAreReadFromTheirColumns) {
  const std::vector<NamedTrial> trials = ReadTrials(
      {{true, R"({"lr": 0.5, "opt": "sgd", "flag": true})", R"({"y": 2})"},
       {true, "{}", R"({"y": "NaN"})"},
       {true, "{}", R"({"other": 1})"},
       {false, "{}", R"({"y": 7})"},
       {true, "{\"lr\": [1]}", R"({"y": 1})"},
       {true, "no JSON", R"({"y": 1})"}},
      "y");
  ASSERT_EQ(trials.size(), 4u);
  EXPECT_EQ(trials[0].value, 2);
  const NamedStudy study{.text = {}, .trials = trials};
  EXPECT_THAT(ToProto("s", study).trials(0), EqualsProto(R"pb(
                parameters {
                  key: "flag"
                  value { string_value: "True" }
                }
                parameters {
                  key: "lr"
                  value { number_value: 0.5 }
                }
                parameters {
                  key: "opt"
                  value { string_value: "sgd" }
                }
                value: 2
              )pb"));
  for (int i = 1; i < 4; ++i) EXPECT_FALSE(trials[i].value) << i;
}

TEST(NamedStudy, ASampleHasTheBestAndSomeOfAll) {
  std::vector<NamedTrial> trials(1000);
  for (int i = 0; i < 1000; ++i) {
    trials[i].point = {{"number", static_cast<double>(i)}};
    // The best ones come first.
    if (i % 10 != 9) trials[i].value = i;
  }
  const std::vector<NamedTrial> sample =
      Sample(trials, /*maximize=*/false, /*limit=*/20);
  std::vector<double> numbers;
  numbers.reserve(sample.size());
  for (const NamedTrial& trial : sample) {
    numbers.push_back(std::get<double>(trial.point[0].value));
  }
  EXPECT_EQ(numbers, (std::vector<double>{0,   1,   2,   3,   4,   5,   6,
                                          7,   8,   9,   10,  109, 208, 307,
                                          406, 505, 604, 703, 802, 901}));
  EXPECT_EQ(Sample(trials, true, 1000).size(), 1000u);
  EXPECT_EQ(*Sample(trials, true, 2)[1].value, 998);
}

TEST(NamedStudy, SurvivesItsMessage) {
  NamedStudy study;
  study.text = {.metric = "y", .maximize = false, .metadata = {{"a", "b"}}};
  study.trials = {{{{"lr", 0.1}, {"opt", "sgd"}}, 0.0}, {{}, std::nullopt}};
  const apogee::v1::NamedStudy proto = ToProto("s", study);
  ASSERT_OK_AND_ASSIGN(const NamedStudy read, FromProto(proto));
  EXPECT_THAT(ToProto("s", read), EqualsProto(proto));
  EXPECT_EQ(read.trials[0].value, 0.0);
  EXPECT_FALSE(read.trials[1].value);

  apogee::v1::NamedStudy bad = proto;
  bad.mutable_trials(0)->set_value(std::numeric_limits<double>::infinity());
  EXPECT_THAT(FromProto(bad), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace apogee
