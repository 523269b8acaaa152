#include "proto/names.h"

#include <cmath>
#include <string>

#include "base/rng.h"
#include "gtest/gtest.h"
#include "proto/print.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

// Study ids and client ids as the Vizier client's own tests and PyGlove make
// them, and some of the worst that are allowed.
const char* const kComponents[] = {
    "digits",
    "__main__.T.test_set_state0 (<StudyState.ACTIVE: 'ACTIVE'>)",
    "140213@host.example",
    "group:0",
    " ",
    "..",
    "αβγ \xF0\x9F\x92\xA1",
    "a\nb\x01",
    "studies",
    "%2F",
};

TEST(Names, WhatIsPrintedParsesToTheSame) {
  for (const std::string owner : kComponents) {
    ASSERT_OK_AND_ASSIGN(const OwnerName name,
                         OwnerName::Parse(OwnerName{owner}.ToString()));
    EXPECT_EQ(name.owner, owner);
    for (const std::string study : kComponents) {
      const StudyName study_name{.owner = owner, .study = study};
      EXPECT_THAT(StudyName::Parse(study_name.ToString()),
                  IsOkAndHolds(study_name));
      ASSERT_OK_AND_ASSIGN(
          const TrialName trial,
          TrialName::Parse(TrialName{.study = study_name, .id = 7}.ToString()));
      EXPECT_EQ(trial.study, study_name);
      EXPECT_EQ(trial.id, 7);
      for (const std::string client : kComponents) {
        const OperationName operation{
            .study = study_name, .client_id = client, .number = 12};
        ASSERT_OK_AND_ASSIGN(const OperationName parsed,
                             OperationName::Parse(operation.ToString()));
        EXPECT_EQ(parsed.study, study_name);
        EXPECT_EQ(parsed.client_id, client);
        EXPECT_EQ(parsed.number, 12);
      }
    }
  }
}

TEST(Names, AreThoseOfTheVizierProtocol) {
  const StudyName study{.owner = "o", .study = "s"};
  EXPECT_EQ(study.ToString(), "owners/o/studies/s");
  EXPECT_EQ((TrialName{.study = study, .id = 3}.ToString()),
            "owners/o/studies/s/trials/3");
  EXPECT_EQ(
      (OperationName{.study = study, .client_id = "c", .number = 1}.ToString()),
      "owners/o/operations/suggestion/s/c/1");
}

TEST(Names, AnythingElseIsRefusedWithTheExpectedForm) {
  for (const char* const name :
       {"", "owners", "owner/o", "owners/o/studies/s", "/owners/o"}) {
    EXPECT_THAT(OwnerName::Parse(name),
                StatusIs(StatusCode::kInvalidArgument,
                         HasSubstr("is not of the form owners/{owner}")))
        << name;
  }
  for (const char* const name : {"owners/o", "owners/o/studies/s/",
                                 "owners/o/study/s", "owners/o/studies/s/t"}) {
    EXPECT_THAT(StudyName::Parse(name), StatusIs(StatusCode::kInvalidArgument))
        << name;
  }
  EXPECT_THAT(StudyName::Parse("owners//studies/s"),
              StatusIs(StatusCode::kInvalidArgument, "owner is empty"));
  EXPECT_THAT(StudyName::Parse("owners/o/studies/"),
              StatusIs(StatusCode::kInvalidArgument, "study is empty"));
}

TEST(Names, AnIdHasOneSpelling) {
  for (const char* const id :
       {"0", "-1", "+1", "01", "1 ", "x", "1.0", "", "9223372036854775808"}) {
    EXPECT_THAT(
        TrialName::Parse(std::string("owners/o/studies/s/trials/") + id),
        StatusIs(StatusCode::kInvalidArgument))
        << id;
  }
  EXPECT_OK(TrialName::Parse("owners/o/studies/s/trials/9223372036854775807"));
}

TEST(Names, AComponentIsShortUtf8WithoutSlash) {
  const std::string longest(kMaxComponentBytes, 'x');
  EXPECT_OK(ValidateComponent(longest, "owner"));
  EXPECT_THAT(ValidateComponent(longest + "x", "owner"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("1025 bytes; at most 1024 are allowed")));
  EXPECT_THAT(ValidateComponent("a/b", "client_id"),
              StatusIs(StatusCode::kInvalidArgument,
                       "client_id \"a/b\" must not contain \"/\""));
  EXPECT_THAT(ValidateComponent("\xff", "owner"),
              StatusIs(StatusCode::kInvalidArgument,
                       "owner \"\\377\" is not valid UTF-8"));
}

TEST(Print, QuotedIsShortAndPrintable) {
  EXPECT_EQ(Quoted("a \"b\"\n"), "\"a \\\"b\\\"\\n\"");
  EXPECT_EQ(Quoted("é"), "\"é\"");
  // 199 bytes and a letter of two: cut before the letter.
  EXPECT_EQ(Quoted(std::string(199, 'x') + "éy"),
            "\"" + std::string(199, 'x') + "…\"");
}

TEST(Print, NumbersAreShortAndReadBackTheSame) {
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(1), "1");
  EXPECT_EQ(NumberText(1e-5), "1e-05");
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < 1000; ++i) {
    const double number = random.Normal() * std::pow(10, random.Normal() * 30);
    EXPECT_EQ(std::stod(NumberText(number)), number);
  }
}

}  // namespace
}  // namespace apogee
