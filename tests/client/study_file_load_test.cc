#include "client/cli/study_file_load.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr char kSpec[] = R"pb(
  algorithm: "RANDOM_SEARCH"
  metrics { metric_id: "loss" goal: MINIMIZE }
  parameters {
    parameter_id: "layers"
    integer_value_spec { min_value: 1 max_value: 4 }
    external_type: AS_INTEGER
  }
  apogee_options { seed: 7 }
)pb";

TEST(SpecDifference, OneStudyHasNone) {
  const auto spec = ParseProto<vizier::StudySpec>(kSpec);
  EXPECT_EQ(SpecDifference(spec, spec), "");
}

TEST(SpecDifference, OthersMayAddMetadata) {
  const auto wanted = ParseProto<vizier::StudySpec>(kSpec);
  vizier::StudySpec existing = wanted;
  existing.add_metadata()->set_key("note");
  EXPECT_EQ(SpecDifference(existing, wanted), "");
  EXPECT_NE(SpecDifference(wanted, existing), "");
}

TEST(SpecDifference, OptionsMayBeSaidAsJson) {
  const auto wanted = ParseProto<vizier::StudySpec>(kSpec);
  vizier::StudySpec existing = wanted;
  existing.clear_apogee_options();
  *existing.add_metadata() = ParseProto<vizier::KeyValue>(
      "ns: ':apogee' key: 'options' value: '{\"seed\": 7}'");
  EXPECT_EQ(SpecDifference(existing, wanted), "");
  existing.mutable_metadata(0)->set_value("{\"seed\": 8}");
  EXPECT_THAT(SpecDifference(existing, wanted), HasSubstr("seed"));
}

TEST(SpecDifference, SaysWhatDiffersInWordsOfTheFile) {
  const auto existing = ParseProto<vizier::StudySpec>(kSpec);
  vizier::StudySpec wanted = existing;
  wanted.mutable_parameters(0)->mutable_integer_value_spec()->set_max_value(5);
  EXPECT_EQ(SpecDifference(existing, wanted),
            "it has layers: {int: [1, 4]}, the file layers: {int: [1, 5]}");
}

TEST(SpecDifference, WorksForWhatAFileCanNotSay) {
  const auto existing = ParseProto<vizier::StudySpec>(kSpec);
  vizier::StudySpec wanted = existing;
  wanted.mutable_default_stopping_spec();
  EXPECT_THAT(SpecDifference(existing, wanted),
              HasSubstr("default_stopping_spec"));
}

}  // namespace
}  // namespace apogee
