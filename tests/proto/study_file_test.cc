#include "proto/study_file.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/rng.h"
#include "gtest/gtest.h"
#include "proto/validate.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::MatchesRegex;
using vizier::StudySpec;

// The example files of a folder by name.
std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat(APOGEE_TEST_DIR, "/study_files/", folder))) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files[entry.path().filename().string()] = text.str();
  }
  return files;
}

TEST(StudyFile, TheExampleReadsAsItLooks) {
  ASSERT_OK_AND_ASSIGN(
      const vizier::Study study,
      ParseStudyFile(Files("good").at("digits.yaml"), "digits.yaml"));
  EXPECT_THAT(study, EqualsProto(R"pb(
                display_name: "digits"
                study_spec {
                  algorithm: "QUASI_RANDOM_SEARCH"
                  metrics { metric_id: "accuracy" goal: MAXIMIZE }
                  parameters {
                    parameter_id: "lr"
                    double_value_spec {
                      min_value: 1e-5
                      max_value: 1e-1
                      default_value { value: 1e-3 }
                    }
                    scale_type: UNIT_LOG_SCALE
                  }
                  parameters {
                    parameter_id: "layers"
                    integer_value_spec { min_value: 1 max_value: 4 }
                    external_type: AS_INTEGER
                  }
                  parameters {
                    parameter_id: "optimizer"
                    categorical_value_spec { values: [ "sgd", "adam" ] }
                    conditional_parameter_specs {
                      parameter_spec {
                        parameter_id: "momentum"
                        double_value_spec { min_value: 0 max_value: 0.99 }
                      }
                      parent_categorical_values { values: "sgd" }
                    }
                  }
                  apogee_options { budget { trials: 60 } }
                }
              )pb"));
}

TEST(StudyFile, EveryWordHasItsMeaning) {
  ASSERT_OK_AND_ASSIGN(
      const vizier::Study study,
      ParseStudyFile(Files("good").at("everything.yaml"), "everything.yaml"));
  EXPECT_THAT(study, EqualsProto(Files("good").at("everything.txtpb")));
}

TEST(StudyFile, GoodFilesSurviveWritingAndReading) {
  for (const auto& [name, text] : Files("good")) {
    if (!absl::EndsWith(name, ".yaml")) continue;
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(const vizier::Study study, ParseStudyFile(text, name));
    ASSERT_OK_AND_ASSIGN(const std::string written, FormatStudyFile(study));
    EXPECT_THAT(ParseStudyFile(written, name), IsOkAndHolds(EqualsProto(study)))
        << written;
  }
}

// The first line of a bad file is the error, after "# ".
TEST(StudyFile, BadFilesAreRefusedWithFileLineKeyAndCure) {
  int seen = 0;
  for (const auto& [name, text] : Files("bad")) {
    ++seen;
    absl::string_view error = text;
    error = error.substr(0, error.find('\n'));
    ASSERT_TRUE(absl::ConsumePrefix(&error, "# ")) << name;
    EXPECT_THAT(ParseStudyFile(text, name),
                StatusIs(StatusCode::kInvalidArgument, std::string(error)));
  }
  EXPECT_GT(seen, 30);
}

TEST(StudyFile, IsWrittenForReaders) {
  vizier::Study study;
  ASSERT_OK_AND_ASSIGN(study,
                       ParseStudyFile(Files("good").at("digits.yaml"), ""));
  study.mutable_study_spec()->mutable_apogee_options()->mutable_stopping();
  EXPECT_THAT(FormatStudyFile(study), IsOkAndHolds(R"(name: digits
algorithm: QUASI_RANDOM_SEARCH
metrics:
  accuracy: maximize
parameters:
  lr: {double: [1e-05, 0.1], scale: log, default: 0.001}
  layers: {int: [1, 4]}
  optimizer: {categorical: [sgd, adam]}
  momentum: {double: [0, 0.99], when: {optimizer: sgd}}
budget: {trials: 60}
stopping: {}
)"));
}

TEST(StudyFile, TheServersOwnFieldsAreLeftOut) {
  vizier::Study study;
  ASSERT_OK_AND_ASSIGN(study,
                       ParseStudyFile(Files("good").at("digits.yaml"), ""));
  const absl::StatusOr<std::string> text = FormatStudyFile(study);
  study.set_name("owners/o/studies/digits");
  study.set_state(vizier::Study::ACTIVE);
  study.mutable_create_time()->set_seconds(1);
  EXPECT_EQ(*FormatStudyFile(study), *text);
}

// google-vizier lists children by the parent's value, a file by the child.
TEST(StudyFile, TheOrderOfChildrenIsFree) {
  const auto child = [](const std::string& id, const std::string& value) {
    return absl::StrCat(
        "conditional_parameter_specs { parameter_spec { parameter_id: '", id,
        "' double_value_spec { max_value: 1 } } parent_categorical_values { "
        "values: '",
        value, "' } }");
  };
  const auto study = [](const std::string& children) {
    return ParseProto<vizier::Study>(absl::StrCat(
        "display_name: 's' study_spec { parameters { parameter_id: 'p' "
        "categorical_value_spec { values: ['a', 'b'] } ",
        children, "} }"));
  };
  ASSERT_OK_AND_ASSIGN(
      const std::string text,
      FormatStudyFile(study(child("x", "a") + child("y", "a") +
                            child("x", "b") + child("y", "b"))));
  EXPECT_THAT(
      ParseStudyFile(text, ""),
      IsOkAndHolds(EqualsProto(study(child("x", "a") + child("x", "b") +
                                     child("y", "a") + child("y", "b")))));
}

TEST(StudyFile, WhatItCanNotSayIsUnimplemented) {
  const struct {
    const char* spec;
    const char* lost;
  } kCases[] = {
      {"metadata { key: 'k' proto { type_url: 'x' } }", "metadata"},
      {"default_stopping_spec {}", "default_stopping_spec"},
      {"parameters { parameter_id: 'm' categorical_value_spec { values: 'a' } "
       "external_type: 9 }",
       "m.as"},
      {"apogee_options { algorithm { fields { key: 'name' value { "
       "number_value: "
       "1 } } } }",
       "algorithm"},
      {"apogee_options { algorithm { fields { key: 'x' value { number_value: "
       "inf } } } }",
       "algorithm"},
      // One name, two meanings.
      {"parameters { parameter_id: 'p' integer_value_spec { max_value: 2 } "
       "conditional_parameter_specs { parameter_spec { parameter_id: 'c' "
       "integer_value_spec { max_value: 1 } external_type: AS_INTEGER } "
       "parent_int_values { values: 1 } } "
       "conditional_parameter_specs { parameter_spec { parameter_id: 'c' "
       "integer_value_spec { max_value: 2 } external_type: AS_INTEGER } "
       "parent_int_values { values: 2 } } }",
       "conditional_parameter_specs"},
      {"parameters { parameter_id: 'p' }", "p"},
      {"metrics { metric_id: 'm' }", "metrics.m"},
  };
  for (const auto& test : kCases) {
    vizier::Study study;
    study.set_display_name("s");
    *study.mutable_study_spec() = ParseProto<StudySpec>(test.spec);
    EXPECT_THAT(FormatStudyFile(study),
                StatusIs(StatusCode::kUnimplemented, HasSubstr(test.lost)))
        << test.spec;
  }
  EXPECT_THAT(FormatStudyFile(vizier::Study()),
              StatusIs(StatusCode::kUnimplemented, HasSubstr("name")));
}

// Whatever a file holds, the answer is a study or an error with its line.
void ExpectSane(const std::string& text) {
  const absl::StatusOr<vizier::Study> study = ParseStudyFile(text, "f.yaml");
  if (study.ok()) {
    EXPECT_OK(ValidateStudySpec(study->study_spec()));
    return;
  }
  EXPECT_THAT(study, StatusIs(StatusCode::kInvalidArgument,
                              MatchesRegex("f\\.yaml:[0-9]+: (.|\n)*")));
}

TEST(StudyFile, BrokenTextIsRefusedNotFollowed) {
  RandomStream random = Rng(5).At(0);
  for (const auto& [name, original] : Files("good")) {
    for (int i = 0; i < 300; ++i) {
      std::string text = original;
      for (uint64_t j = 1 + random.Below(4); j > 0; --j) {
        const size_t at = random.Below(text.size());
        switch (random.Below(4)) {
          case 0:
            text[at] = static_cast<char>(random.Below(256));
            break;
          case 1:
            text[at] = "{}[]:,-?&*!|>'\"#%@ \n"[random.Below(20)];
            break;
          case 2:
            text.erase(at, random.Below(20));
            break;
          default:
            text.insert(at, original, random.Below(original.size()),
                        random.Below(40));
        }
        if (text.empty()) text.push_back(' ');
      }
      ExpectSane(text);
    }
  }
}

TEST(StudyFile, HostileTextTakesNoTime) {
  const auto repeat = [](const std::string& text) {
    std::string all;
    while (all.size() < 300'000) all += text;
    return all;
  };
  for (const std::string piece :
       {"[",    "{",    "]",    "- ",     "? ",    ": ",  "\"", "'",
        "&a ",  "*a ",  "!x ",  "|\n",    "---\n", "a\n", "\n", "[{",
        "a: {", "[a, ", "{a: ", "%a b\n", "\t",    "\r"}) {
    ExpectSane(repeat(piece));
    ExpectSane(absl::StrCat("parameters: ", repeat(piece)));
  }
  // Ten levels of ten aliases each are ten thousand million nodes.
  std::string bomb = "a0: &a0 x\n";
  for (int i = 1; i <= 10; ++i) {
    const std::string alias = absl::StrCat("*a", i - 1, ", ");
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [");
    for (int j = 0; j < 10; ++j) bomb += alias;
    bomb += "]\n";
  }
  EXPECT_THAT(ParseStudyFile(bomb, "f.yaml"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("anchors")));
}

// 20 levels of two conditions each are 2^20 parameters.
TEST(StudyFile, ChildrenOfManyParentsAreBounded) {
  std::string text = "name: s\nmetrics: {}\nparameters:\n  p0: {int: [1, 2]}\n";
  for (int i = 1; i <= 20; ++i) {
    absl::StrAppend(&text, "  p", i, ": {int: [1, 2], when: [{p", i - 1,
                    ": 1}, {p", i - 1, ": 2}]}\n");
  }
  EXPECT_THAT(ParseStudyFile(text, "f.yaml"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("more than 10000 parameters")));

  text =
      "name: s\nmetrics: {}\nparameters:\n  p: {int: [1, 5000]}\n  c: "
      "{discrete: [";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&text, i, ", ");
  text += "10000], when: [";
  for (int i = 1; i < 5000; ++i) absl::StrAppend(&text, "{p: ", i, "}, ");
  text += "{p: 5000}]}\n";
  EXPECT_THAT(ParseStudyFile(text, "f.yaml"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("more than 16777216 bytes")));
}

}  // namespace
}  // namespace apogee
