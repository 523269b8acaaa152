#include "client/import/import_plan.h"

#include <string>

#include "gmock/gmock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

StudyRecord Study(const std::string& name, const std::string& owner = "") {
  StudyRecord record;
  record.mutable_study()->set_display_name(name);
  if (!owner.empty()) {
    record.mutable_study()->set_name("owners/" + owner + "/studies/" + name);
  }
  return record;
}

TrialRecord Trial(const std::string& text) {
  return ParseProto<TrialRecord>(text);
}

TEST(ImportPlan, OwnersAreTheFilesUnlessOneIsChosen) {
  ImportPlanner planner({.owner = "me"});
  ASSERT_OK(planner.TakeStudy(Study("a", "them")));
  ASSERT_OK(planner.TakeStudy(Study("b")));
  ASSERT_OK_AND_ASSIGN(const auto plan, planner.Finish());
  EXPECT_EQ(plan[0]->name.ToString(), "owners/them/studies/a");
  EXPECT_EQ(plan[0]->request.parent(), "owners/them");
  EXPECT_EQ(plan[0]->request.record().study().name(), "");
  EXPECT_EQ(plan[1]->name.ToString(), "owners/me/studies/b");

  ImportPlanner other({.owner = "me", .into = "us", .renames = {{"a", "z"}}});
  ASSERT_OK(other.TakeStudy(Study("a", "them")));
  ASSERT_OK_AND_ASSIGN(const auto renamed, other.Finish());
  EXPECT_EQ(renamed[0]->name.ToString(), "owners/us/studies/z");
  EXPECT_EQ(renamed[0]->request.record().study().display_name(), "z");
}

TEST(ImportPlan, TakesOnlyTheStudiesThatAreChosen) {
  ImportPlanner planner({.owner = "me", .only = {"b"}, .algorithm = "X"});
  ASSERT_OK(planner.TakeStudy(Study("a/not a name")));
  ASSERT_OK(planner.TakeTrial(Trial("")));  // nobody looks at it
  planner.TakeNote("lost");
  ASSERT_OK(planner.TakeStudy(Study("b")));
  ASSERT_OK(planner.TakeTrial(Trial("trial { id: '1' state: REQUESTED }")));
  planner.TakeNote("kept");
  ASSERT_OK_AND_ASSIGN(const auto plan, planner.Finish());
  ASSERT_THAT(plan, SizeIs(2));
  EXPECT_FALSE(plan[0]);
  EXPECT_EQ(plan[1]->trials, 1);
  EXPECT_THAT(plan[1]->notes, ElementsAre("kept"));
  EXPECT_EQ(plan[1]->request.record().study().study_spec().algorithm(), "X");
}

TEST(ImportPlan, FinishedTrialsWithoutAPlaceAreOrderedByTheirEnds) {
  ImportPlanner planner({.owner = "me"});
  ASSERT_OK(planner.TakeStudy(Study("a")));
  for (const char* trial : {
           "trial { id: '1' state: SUCCEEDED end_time { seconds: 30 } }",
           "trial { id: '2' state: REQUESTED }",
           "trial { id: '3' state: SUCCEEDED } finished: 4",
           "trial { id: '5' state: INFEASIBLE end_time { seconds: 20 } }",
           "trial { id: '6' state: SUCCEEDED "
           "        end_time { seconds: 20 nanos: 1 } }",
       }) {
    ASSERT_OK(planner.TakeTrial(Trial(trial)));
  }
  ASSERT_OK(planner.TakeStudy(Study("b")));
  ASSERT_OK(planner.TakeTrial(Trial("trial { id: '1' state: SUCCEEDED }")));
  ASSERT_OK_AND_ASSIGN(const auto plan, planner.Finish());
  EXPECT_THAT(plan[0]->finished,
              UnorderedElementsAre(Pair(5, 5), Pair(6, 6), Pair(1, 7)));
  EXPECT_THAT(plan[1]->finished, UnorderedElementsAre(Pair(1, 0)));
}

TEST(ImportPlan, RefusesWhatNoServerTakesWithACure) {
  ImportPlanner planner({.owner = "me", .renames = {{"c", "a"}}});
  EXPECT_THAT(planner.TakeStudy(Study("x/y")),
              StatusIs(StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("must not contain \"/\""),
                             HasSubstr("--rename \"x/y=NAME\""))));
  ASSERT_OK(planner.TakeStudy(Study("a")));
  EXPECT_THAT(planner.TakeTrial(Trial("trial { id: '1' }")),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("trial 1 has no state")));
  ASSERT_OK(planner.TakeTrial(Trial("trial { id: '3' state: REQUESTED }")));
  EXPECT_THAT(planner.TakeTrial(Trial("trial { id: '3' state: REQUESTED }")),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("trial 3 comes after trial 3")));
  EXPECT_THAT(planner.TakeStudy(Study("c")),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("another one becomes "
                                 "\"owners/me/studies/a\"")));
  StudyRecord bad = Study("d");
  bad.mutable_study()->mutable_study_spec()->add_metrics();
  EXPECT_THAT(
      planner.TakeStudy(bad),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("a metric has no id")));
}

TEST(ImportPlan, ANameThatIsNotInTheFileIsToldWithTheNearest) {
  for (const bool rename : {false, true}) {
    ImportChoices choices{.owner = "me"};
    if (rename) choices.renames = {{"digitz", "x"}};
    if (!rename) choices.only = {"digitz"};
    ImportPlanner planner(choices);
    ASSERT_OK(planner.TakeStudy(Study("digits")));
    EXPECT_THAT(planner.Finish(),
                StatusIs(StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("no study \"digitz\""),
                               HasSubstr("did you mean \"digits\"?"))));
  }
}

}  // namespace
}  // namespace apogee
