#include "tests/bench/search/families.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validate.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> NamesOf(absl::string_view text) {
  const absl::StatusOr<std::vector<ProblemChoice>> choices =
      ParseProblems(text);
  EXPECT_THAT(choices, IsOk());
  std::vector<std::string> names;
  for (const ProblemChoice& choice : *choices) names.push_back(choice.name);
  return names;
}

TEST(FamiliesTest, SettingsMultiply) {
  EXPECT_THAT(NamesOf("bbob/f=2..3+9/d=5+20"),
              ElementsAre("bbob/f=2/d=5", "bbob/f=2/d=20", "bbob/f=3/d=5",
                          "bbob/f=3/d=20", "bbob/f=9/d=5", "bbob/f=9/d=20"));
  EXPECT_EQ(NamesOf("bbob").size(), 24);
  EXPECT_THAT(NamesOf("layered/eps=0.3"), ElementsAre("layered/eps=0.3"));
  EXPECT_EQ((*ParseProblems("layered/trials=7"))[0].trials, 7);
}

TEST(FamiliesTest, EveryFamilyMakesValidProblems) {
  for (const ProblemFamily& family : ProblemFamilies()) {
    const absl::StatusOr<std::vector<ProblemChoice>> choices =
        ParseProblems(family.name);
    ASSERT_THAT(choices, IsOk());
    for (const bool several : {false, true}) {
      const TestProblem problem =
          choices->front().make({.instance = 1, .several_objectives = several});
      EXPECT_THAT(ValidateStudySpec(problem.spec), IsOk()) << family.name;
    }
  }
}

TEST(FamiliesTest, ErrorsNameTheThingAndTheCure) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"bob", "did you mean \"bbob\"?"},
      {"bbob/g=1", "did you mean \"f\"?"},
      {"bbob/f=25", "from 1 to 24"},
      {"bbob/f=1.5", "whole number"},
      {"bbob/f=5..3", "rising range"},
      {"bbob/f", "f (function) is \"\""},
      {"bbob-mixint/d=7", "multiple of 5"},
      {"zdt/f=5", "f is one of 1, 2, 3, 4, 6"},
      {"dtlz/d=2", "it must be m, 3, or more"},
      {"hybrid/con=1/cat=0", "raise con or cat"},
      {"wfg/k=3", "both must be even"},
      {"wfg/m=3", "take m=2"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(
        ParseProblems(text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << text;
  }
}

}  // namespace
}  // namespace apogee
