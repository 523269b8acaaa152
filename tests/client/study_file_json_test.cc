#include "client/cli/study_file_json.h"

#include "proto/study_file.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kFile[] = R"(
name: digits
algorithm: {name: GRID_SEARCH, double_points: 20}
metrics: {accuracy: maximize}
parameters:
  lr: {double: [1e-5, 0.1], scale: log}
  flip: bool
  word: {categorical: ["1", "yes", adam], when: {flip: true}}
seed: 18446744073709551557
)";

vizier::Study Parse(const std::string& text) {
  const absl::StatusOr<vizier::Study> study = ParseStudyFile(text, "file");
  EXPECT_THAT(study, IsOk());
  return study.value_or(vizier::Study());
}

std::vector<std::string> Paths(const vizier::StudySpec& a,
                               const vizier::StudySpec& b) {
  std::vector<std::string> paths;
  for (const SpecChange& change : CompareSpecs(a, b)) {
    paths.push_back(change.path);
  }
  return paths;
}

TEST(StudyFileJson, IsTheFileItself) {
  const vizier::Study study = Parse(kFile);
  ASSERT_OK_AND_ASSIGN(const Json json, StudyFileJson(study));
  EXPECT_EQ(JsonText(json["algorithm"]),
            R"({"name":"GRID_SEARCH","double_points":20})");
  EXPECT_EQ(json["seed"], 18446744073709551557U);
  EXPECT_EQ(json["parameters"]["word"]["categorical"],
            Json::array({"1", "yes", "adam"}));
  EXPECT_EQ(json["parameters"]["word"]["when"]["flip"], true);
  // JSON is a study file, too.
  EXPECT_THAT(Parse(JsonText(json)), EqualsProto(study));
}

TEST(StudyFileJson, OptionsInTheMetadataStandWhereTheFileHasThem) {
  const vizier::Study study = Parse(kFile);
  vizier::Study other = study;
  other.mutable_study_spec()->clear_apogee_options();
  vizier::KeyValue& entry = *other.mutable_study_spec()->add_metadata();
  entry.set_ns(":apogee");
  entry.set_key("options");
  entry.set_value(
      R"({"algorithm": {"double_points": 20}, "seed": "18446744073709551557"})");
  EXPECT_EQ(*StudyFileJson(other), *StudyFileJson(study));
  EXPECT_THAT(Paths(study.study_spec(), other.study_spec()), IsEmpty());
}

TEST(CompareSpecs, TheNameDoesNotCount) {
  const vizier::Study study = Parse(kFile);
  vizier::Study other = study;
  other.set_display_name("other");
  EXPECT_THAT(Paths(study.study_spec(), other.study_spec()), IsEmpty());
}

TEST(CompareSpecs, NewThingsStandWithTheirLike) {
  const vizier::StudySpec a = Parse(kFile).study_spec();
  const vizier::StudySpec b = Parse(R"(
name: digits
algorithm: GRID_SEARCH
metrics: {accuracy: minimize, cost: minimize}
parameters:
  lr: {double: [1e-5, 0.1], scale: log}
  layers: {int: [1, 4]}
  word: {categorical: ["1", "yes", adam]}
seed: 18446744073709551558
)")
                                  .study_spec();
  EXPECT_THAT(Paths(a, b),
              ElementsAre("algorithm.double_points", "metrics.accuracy",
                          "metrics.cost", "parameters.layers",
                          "parameters.flip", "parameters.word", "seed"));
}

TEST(CompareSpecs, TheOrderCountsWhereNothingElseDiffers) {
  const vizier::StudySpec a = Parse(kFile).study_spec();
  vizier::StudySpec b = a;
  b.mutable_parameters()->SwapElements(0, 1);
  EXPECT_THAT(Paths(a, b), ElementsAre("parameters in the order"));
}

TEST(CompareSpecs, WithoutWordsTheFieldsAreCompared) {
  const vizier::StudySpec a = Parse(kFile).study_spec();
  vizier::StudySpec b = a;
  vizier::KeyValue& entry = *b.add_metadata();
  entry.set_key("state");
  entry.mutable_proto()->set_type_url("example.com/nobody.knows.Me");
  entry.mutable_proto()->set_value("\x08\x01");
  b.mutable_parameters(0)->mutable_double_value_spec()->set_max_value(1);
  EXPECT_THAT(Paths(a, b), ElementsAre("parameters[0]", "metadata[0]"));
  EXPECT_THAT(Paths(b, b), IsEmpty());
}

}  // namespace
}  // namespace apogee
