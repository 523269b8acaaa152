#include "server/engine/study.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/server/decode.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using vizier::Trial;

// Points without parameters.
Proposal MakeProposal(int count) {
  Proposal proposal;
  for (int i = 0; i < count; ++i) proposal.Add();
  return proposal;
}

std::vector<std::string> Ids(const std::vector<Trial>& trials) {
  std::vector<std::string> ids;
  for (const Trial& trial : trials) ids.push_back(trial.id());
  return ids;
}

std::vector<std::string> OptimalIds(StudyHarness& harness) {
  std::vector<std::string> ids;
  const vizier::ListOptimalTrialsResponse response =
      harness.study().ListOptimalTrials({})->Decode();
  for (const Trial& trial : response.optimal_trials()) {
    ids.push_back(trial.id());
  }
  return ids;
}

TEST(Study, IsCreatedActiveNamedAndTimed) {
  StudyHarness harness;
  EXPECT_THAT(harness.study().proto().name(), "owners/o/studies/s");
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::ACTIVE);
  EXPECT_EQ(harness.study().proto().create_time().seconds(), 1'700'000'000);
  EXPECT_TRUE(harness.effects().commit.study_row.has_value());
}

TEST(Study, KeepsItsSpecVerbatim) {
  StudyHarness harness(R"pb(
    metadata { key: "k" ns: ":b" value: "v" }
    metadata {
      key: "a"
      proto { type_url: "x/unknown" value: "\001\377" }
    }
  )pb");
  const vizier::StudySpec sent =
      MakeCreateRequest(R"pb(
        metadata { key: "k" ns: ":b" value: "v" }
        metadata {
          key: "a"
          proto { type_url: "x/unknown" value: "\001\377" }
        }
      )pb")
          .study()
          .study_spec();
  EXPECT_THAT(harness.study().proto().study_spec(), EqualsProto(sent));
  harness.Restart();
  EXPECT_THAT(harness.study().proto().study_spec(), EqualsProto(sent));
}

TEST(Study, RefusesConstraintsThatNoPointKeeps) {
  Effects effects;
  EXPECT_THAT(
      Study::Create(
          MakeCreateRequest("apogee_options { constraints: 'x >= 2' }"), 1,
          absl::UnixEpoch(), effects),
      StatusIs(StatusCode::kInvalidArgument,
               HasSubstr("\"x >= 2\" does not hold: it is missed by 1")));
  EXPECT_TRUE(effects.commit.empty());
}

TEST(Suggest, HandsOutNewTrialsFromTheAlgorithm) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(auto trials, harness.Take("w", 2));
  ASSERT_THAT(Ids(trials), ElementsAre("1", "2"));
  EXPECT_EQ(trials[0].name(), "owners/o/studies/s/trials/1");
  EXPECT_EQ(trials[0].state(), Trial::ACTIVE);
  EXPECT_EQ(trials[0].client_id(), "w");
  EXPECT_EQ(trials[0].start_time().seconds(), 1'700'000'000);
  ASSERT_THAT(trials[0].parameters(), SizeIs(1));
  EXPECT_NE(trials[0].parameters(0).value().number_value(),
            trials[1].parameters(0).value().number_value());
}

TEST(Suggest, GivesAWorkerItsOwnTrialsAgain) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 2));
  ASSERT_OK_AND_ASSIGN(auto again, harness.Take("w", 2));
  EXPECT_THAT(Ids(again), ElementsAre("1", "2"));
  ASSERT_OK_AND_ASSIGN(auto one, harness.Take("w", 1));
  EXPECT_THAT(Ids(one), ElementsAre("1"));
  ASSERT_OK_AND_ASSIGN(auto three, harness.Take("w", 3));
  EXPECT_THAT(Ids(three), ElementsAre("1", "2", "3"));
}

TEST(Suggest, GivesDifferentWorkersDifferentTrials) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(auto a, harness.Take("a"));
  ASSERT_OK_AND_ASSIGN(auto b, harness.Take("b"));
  EXPECT_NE(Ids(a), Ids(b));
}

TEST(Suggest, DoesNotGiveBackAStoppingTrial) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Stop(1));
  ASSERT_OK_AND_ASSIGN(auto next, harness.Take("w"));
  EXPECT_THAT(Ids(next), ElementsAre("2"));
}

TEST(Suggest, HandsOutRequestedTrialsFirstOldestFirst) {
  StudyHarness harness;
  for (const char* x : {"0.1", "0.2", "0.3"}) {
    ASSERT_OK(harness.Create(absl::StrCat(
        "parameters { parameter_id: 'x' value { number_value: ", x, " } }")));
  }
  ASSERT_OK_AND_ASSIGN(auto first, harness.Take("w", 2));
  ASSERT_THAT(Ids(first), ElementsAre("1", "2"));
  EXPECT_EQ(first[0].state(), Trial::ACTIVE);
  EXPECT_EQ(first[0].client_id(), "w");
  EXPECT_EQ(first[0].parameters(0).value().number_value(), 0.1);
  ASSERT_OK_AND_ASSIGN(auto rest, harness.Take("v", 2));
  EXPECT_THAT(Ids(rest), ElementsAre("3", "4"));
}

TEST(Suggest, AnswersAnEmptyQuestionWithNothing) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(auto operation, harness.Suggest("w", 0));
  EXPECT_THAT(ResponseOf(operation).trials(), IsEmpty());
}

TEST(Suggest, IsRefusedByAClosedStudyWithoutAnyEffect) {
  for (const auto state : {vizier::Study::INACTIVE, vizier::Study::COMPLETED}) {
    StudyHarness harness;
    ASSERT_OK(harness.SetState(state));
    EXPECT_THAT(harness.Suggest("w"),
                StatusIs(StatusCode::kFailedPrecondition));
    EXPECT_TRUE(harness.effects().commit.empty());
    EXPECT_EQ(harness.study().trials().size(), 0);
  }
}

TEST(Suggest, DrawsTheSamePointsWhoeverAsksAndHowever) {
  StudyHarness one;
  ASSERT_OK(one.Take("w", 4));
  StudyHarness other;
  ASSERT_OK(other.Take("a"));
  ASSERT_OK(other.Take("b", 2));
  other.Restart();
  ASSERT_OK(other.Take("c"));
  for (int id = 1; id <= 4; ++id) {
    EXPECT_THAT(
        one.study().GetTrial(id)->Decode().parameters(0),
        EqualsProto(other.study().GetTrial(id)->Decode().parameters(0)));
  }
}

TEST(Suggest, ServesManyWaitingWorkersWithOneAskOldestFirst) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 2));
  ASSERT_OK(harness.Suggest("b", 1));
  EXPECT_EQ(harness.study().wanted(), 3);
  ASSERT_EQ(harness.study().BeginAsk(), 3);
  ASSERT_OK(harness.Suggest("c", 1));  // too late for this ask
  EXPECT_EQ(harness.study().wanted(), 0);
  Proposal proposal = MakeProposal(3);
  harness.EndAsk(std::move(proposal));
  EXPECT_THAT(harness.effects().ended,
              ElementsAre(Operations::Key("a", 1), Operations::Key("b", 1)));
  EXPECT_EQ(harness.study().GetTrial(2)->Decode().client_id(), "a");
  EXPECT_EQ(harness.study().GetTrial(3)->Decode().client_id(), "b");
  EXPECT_EQ(harness.study().wanted(), 1);
}

TEST(Suggest, KeepsTheConstraintsOfTheStudy) {
  StudyHarness harness("apogee_options { constraints: '4*x <= 1' }");
  ASSERT_OK_AND_ASSIGN(const auto trials, harness.Take("a", 20));
  for (const Trial& trial : trials) {
    EXPECT_LE(trial.parameters(0).value().number_value(), 0.25);
  }
}

TEST(Suggest, EndsWithWhatThereIsWhenTheAnswerIsShort) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 3));
  harness.study().BeginAsk();
  Proposal proposal = MakeProposal(1);
  harness.EndAsk(std::move(proposal));
  EXPECT_THAT(ResponseOf(*harness.study().GetOperation("a", 1)).trials(),
              SizeIs(1));
}

TEST(Suggest, QueuesWhatIsLeftOver) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  Proposal proposal = MakeProposal(3);
  harness.EndAsk(std::move(proposal));
  EXPECT_EQ(harness.study().GetTrial(1)->Decode().state(), Trial::ACTIVE);
  EXPECT_EQ(harness.study().GetTrial(2)->Decode().state(), Trial::REQUESTED);
  EXPECT_FALSE(harness.study().GetTrial(2)->Decode().has_start_time());
}

TEST(Suggest, EndsWithTheErrorOfAFailedAskAndTriesAnew) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  harness.EndAsk(absl::InternalError("no luck"));
  ASSERT_OK_AND_ASSIGN(auto operation, harness.study().GetOperation("a", 1));
  EXPECT_TRUE(operation.done());
  EXPECT_EQ(operation.error().code(), 13);
  EXPECT_EQ(operation.error().message(), "no luck");
  ASSERT_OK_AND_ASSIGN(auto trials, harness.Take("a"));
  EXPECT_THAT(Ids(trials), ElementsAre("1"));
}

TEST(Suggest, DoesNotLetAPolicyLookLikeAClosedStudy) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  harness.EndAsk(absl::FailedPreconditionError("not now"));
  EXPECT_THAT(harness.study().GetOperation("a", 1)->error(),
              EqualsProto("code: 13 message: 'not now'"));
}

TEST(Suggest, KeepsThePointsOfAProposalWhoseMetadataHasNoPlace) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  Proposal proposal = MakeProposal(1);
  proposal.metadata.push_back(ParseProto<vizier::UnitMetadataUpdate>(
      "trial_id: '99' metadatum { key: 'k' }"));
  harness.EndAsk(std::move(proposal));
  EXPECT_THAT(ResponseOf(*harness.study().GetOperation("a", 1)).trials(),
              SizeIs(1));
}

TEST(Suggest, GivesAnImpatientWorkerItsOpenOperation) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(auto first, harness.Suggest("a", 1));
  ASSERT_OK_AND_ASSIGN(auto second, harness.Suggest("a", 1));
  EXPECT_FALSE(first.done());
  EXPECT_EQ(first.name(), "owners/o/operations/suggestion/s/a/1");
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(harness.study().wanted(), 1);
}

TEST(Suggest, EndsOpenOperationsWhenTheStudyCloses) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  ASSERT_OK(harness.SetState(vizier::Study::INACTIVE));
  EXPECT_THAT(harness.effects().ended, ElementsAre(Operations::Key("a", 1)));
  EXPECT_EQ(harness.study().GetOperation("a", 1)->error().code(), 9);
  Proposal late = MakeProposal(1);
  harness.EndAsk(std::move(late));
  EXPECT_EQ(harness.study().trials().size(), 0);
}

TEST(Suggest, LateAnswersDoNotReachOperationsOfAReopenedStudy) {
  StudyHarness harness;
  ASSERT_OK(harness.Suggest("a", 1));
  harness.study().BeginAsk();
  ASSERT_OK(harness.SetState(vizier::Study::INACTIVE));
  ASSERT_OK(harness.SetState(vizier::Study::ACTIVE));
  ASSERT_OK(harness.Suggest("b", 1));
  Proposal late = MakeProposal(1);
  harness.EndAsk(std::move(late));
  EXPECT_FALSE(harness.study().GetOperation("b", 1)->done());
  EXPECT_EQ(harness.study().wanted(), 1);
}

TEST(Suggest, ADetachedOperationSurvivesARestartAndIsServed) {
  StudyHarness harness;
  ASSERT_OK(harness.Create(""));
  ASSERT_OK(harness.Suggest("a", 2));  // one from the queue, one is missing
  harness.Restart();
  EXPECT_FALSE(harness.study().GetOperation("a", 1)->done());
  EXPECT_EQ(harness.study().wanted(), 1);
  harness.AnswerAsk();
  EXPECT_THAT(ResponseOf(*harness.study().GetOperation("a", 1)).trials(),
              SizeIs(2));
}

TEST(Suggest, NumbersOperationsOnAfterARestart) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("a"));
  harness.Restart();
  ASSERT_OK_AND_ASSIGN(auto operation, harness.Suggest("a"));
  EXPECT_EQ(operation.name(), "owners/o/operations/suggestion/s/a/2");
  EXPECT_THAT(ResponseOf(*harness.study().GetOperation("a", 1)).trials(),
              SizeIs(1));
}

TEST(GetOperation, KeepsTheLastFewOfEachWorker) {
  StudyHarness harness;
  for (int i = 0; i < kOperationsKept + 2; ++i) ASSERT_OK(harness.Take("a"));
  harness.Restart();
  EXPECT_THAT(harness.study().GetOperation("a", 2),
              StatusIs(StatusCode::kNotFound));
  EXPECT_OK(harness.study().GetOperation("a", 3));
  EXPECT_OK(harness.study().GetOperation("a", kOperationsKept + 2));
  EXPECT_THAT(harness.study().GetOperation("b", 1),
              StatusIs(StatusCode::kNotFound));
}

TEST(Budget, IsExactAcrossWorkersAndEndsTheStudy) {
  StudyHarness harness("apogee_options { budget { trials: 3 } }");
  ASSERT_OK(harness.Take("a", 2));
  ASSERT_OK_AND_ASSIGN(auto last, harness.Take("b", 2));
  EXPECT_THAT(Ids(last), ElementsAre("3"));
  ASSERT_OK_AND_ASSIGN(auto none, harness.Take("c"));
  EXPECT_THAT(none, IsEmpty());
  ASSERT_OK(harness.Complete(1, 0));
  ASSERT_OK(harness.Fail(2, "broken"));
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::ACTIVE);
  ASSERT_OK(harness.Complete(3, 0));
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::COMPLETED);
  EXPECT_THAT(harness.study().proto().inactive_reason(), HasSubstr("budget"));
  EXPECT_THAT(harness.Suggest("a"),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("budget")));
}

TEST(Budget, CountsPromisesToWaitingWorkers) {
  StudyHarness harness("apogee_options { budget { trials: 3 } }");
  ASSERT_OK(harness.Suggest("a", 2));
  ASSERT_OK(harness.Suggest("b", 2));
  EXPECT_EQ(harness.study().wanted(), 3);
  ASSERT_OK_AND_ASSIGN(auto none, harness.Suggest("c", 1));
  EXPECT_TRUE(none.done());
}

TEST(Budget, IsNotRefilledByDeletingTrials) {
  StudyHarness harness("apogee_options { budget { trials: 2 } }");
  ASSERT_OK(harness.Take("a"));
  ASSERT_OK(harness.Delete(1));
  harness.Restart();
  ASSERT_OK_AND_ASSIGN(auto rest, harness.Take("a", 5));
  EXPECT_THAT(Ids(rest), ElementsAre("2"));
}

TEST(Budget, DoesNotCountTrialsThatCameFinished) {
  StudyHarness harness("apogee_options { budget { trials: 1 } }");
  ASSERT_OK(harness.Create("state: SUCCEEDED"));
  ASSERT_OK_AND_ASSIGN(auto trials, harness.Take("a"));
  EXPECT_THAT(Ids(trials), ElementsAre("2"));
}

TEST(Exhaustion, EndsTheStudyOnceEveryPointIsTried) {
  StudyHarness harness(R"pb(
    algorithm: "GRID_SEARCH"
    parameters {
      parameter_id: "c"
      categorical_value_spec { values: "a" values: "b" }
    }
  )pb");
  ASSERT_OK_AND_ASSIGN(auto trials, harness.Take("w", 5));
  EXPECT_THAT(Ids(trials), ElementsAre("1", "2"));
  ASSERT_OK_AND_ASSIGN(auto none, harness.Take("v", 1));
  EXPECT_THAT(none, IsEmpty());
  ASSERT_OK(harness.Complete(1, 0));
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::ACTIVE);
  ASSERT_OK(harness.Complete(2, 0));
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::COMPLETED);
}

TEST(CreateTrial, QueuesARequestOrKeepsAFinishedTrial) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(
      auto requested,
      harness.Create("id: '77' state: ACTIVE client_id: 'x' start_time {}"));
  EXPECT_EQ(requested.id(), "1");
  EXPECT_EQ(requested.state(), Trial::REQUESTED);
  EXPECT_EQ(requested.client_id(), "");
  EXPECT_EQ(requested.start_time().seconds(), 1'700'000'000);
  ASSERT_OK_AND_ASSIGN(auto succeeded, harness.Create("state: SUCCEEDED"));
  EXPECT_EQ(succeeded.state(), Trial::SUCCEEDED);
  EXPECT_TRUE(succeeded.has_end_time());
  ASSERT_OK_AND_ASSIGN(auto infeasible, harness.Create("state: INFEASIBLE"));
  EXPECT_EQ(infeasible.state(), Trial::INFEASIBLE);
}

TEST(CompleteTrial, TakesTheFinalMeasurementAsItIs) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  harness.now += absl::Seconds(5);
  ASSERT_OK_AND_ASSIGN(auto trial, harness.CompleteWith(1, R"pb(
    final_measurement {
      elapsed_duration { seconds: 1 nanos: 5 }
      step_count: 3
      metrics { metric_id: "y" value: nan }
      metrics { metric_id: "unheard of" value: 2 }
    }
  )pb"));
  EXPECT_EQ(trial.state(), Trial::SUCCEEDED);
  EXPECT_EQ(trial.end_time().seconds(), 1'700'000'005);
  EXPECT_THAT(trial.final_measurement(), EqualsProto(R"pb(
                elapsed_duration { seconds: 1 nanos: 5 }
                step_count: 3
                metrics { metric_id: "y" value: nan }
                metrics { metric_id: "unheard of" value: 2 }
              )pb"));
}

TEST(CompleteTrial, PromotesTheLastMeasurement) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Measure(1, 1, 0.1));
  ASSERT_OK(harness.Measure(1, 2, 0.2));
  harness.Restart();
  ASSERT_OK_AND_ASSIGN(auto trial, harness.CompleteWith(1, ""));
  EXPECT_THAT(trial.measurements(), SizeIs(2));
  EXPECT_THAT(trial.final_measurement(), EqualsProto(trial.measurements(1)));
}

TEST(CompleteTrial, NeedsSomeMeasurement) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  EXPECT_THAT(
      harness.CompleteWith(1, ""),
      StatusIs(StatusCode::kInvalidArgument, HasSubstr("no measurement")));
  EXPECT_EQ(harness.study().GetTrial(1)->Decode().state(), Trial::ACTIVE);
}

TEST(CompleteTrial, InfeasibleNeedsNoneAndGetsNone) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Measure(1, 1, 0.1));
  ASSERT_OK_AND_ASSIGN(auto trial, harness.Fail(1, "out of memory"));
  EXPECT_EQ(trial.state(), Trial::INFEASIBLE);
  EXPECT_EQ(trial.infeasible_reason(), "out of memory");
  EXPECT_FALSE(trial.has_final_measurement());
}

TEST(CompleteTrial, TheSameAgainIsTheSameAnswerOnce) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 3));
  ASSERT_OK_AND_ASSIGN(auto first, harness.Complete(1, 0.5));
  harness.now += absl::Seconds(9);
  ASSERT_OK_AND_ASSIGN(auto again, harness.Complete(1, 0.5));
  EXPECT_THAT(again, EqualsProto(first));
  EXPECT_TRUE(harness.effects().commit.empty());

  ASSERT_OK(harness.Measure(2, 1, 0.1));
  ASSERT_OK_AND_ASSIGN(first, harness.CompleteWith(2, ""));
  ASSERT_OK_AND_ASSIGN(again, harness.CompleteWith(2, ""));
  EXPECT_THAT(again, EqualsProto(first));

  ASSERT_OK(harness.Fail(3, "why"));
  EXPECT_OK(harness.Fail(3, "why"));
}

TEST(CompleteTrial, TheSameAgainIsTheSameAnswerForADivergedRunToo) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Complete(1, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_OK(harness.Complete(1, std::numeric_limits<double>::quiet_NaN()));
}

TEST(CompleteTrial, AnythingElseThanTheSameIsRefusedWithoutEffect) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 2));
  ASSERT_OK(harness.Complete(1, 0.5));
  ASSERT_OK(harness.Fail(2, "why"));
  const std::string before = harness.Trials();
  EXPECT_THAT(harness.Complete(1, 0.6),
              StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Fail(1, ""), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Fail(2, "other"),
              StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Complete(2, 1),
              StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_EQ(harness.Trials(), before);
}

TEST(CompleteTrial, OfARequestedTrialIsRefused) {
  StudyHarness harness;
  ASSERT_OK(harness.Create(""));
  EXPECT_THAT(harness.Complete(1, 1),
              StatusIs(StatusCode::kFailedPrecondition));
}

TEST(AddMeasurement, FollowsTheProtocolInEveryState) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 3));
  ASSERT_OK(harness.Create(""));
  EXPECT_OK(harness.Measure(1, 1, 0.5));
  ASSERT_OK(harness.Stop(1));
  ASSERT_OK_AND_ASSIGN(auto trial, harness.Measure(1, 2, 0.6));
  EXPECT_THAT(trial.measurements(), SizeIs(2));

  ASSERT_OK(harness.Complete(2, 1));
  EXPECT_THAT(harness.Measure(2, 1, 1),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("Measurements can only be added to")));
  EXPECT_THAT(harness.Measure(4, 1, 1),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("Measurements can only be added to")));

  ASSERT_OK_AND_ASSIGN(auto infeasible, harness.Fail(3, "no"));
  EXPECT_THAT(harness.Measure(3, 1, 1), IsOkAndHolds(EqualsProto(infeasible)));
}

TEST(StopTrial, FollowsTheProtocolInEveryState) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 3));
  ASSERT_OK(harness.Create(""));
  EXPECT_EQ(harness.Stop(1)->state(), Trial::STOPPING);
  EXPECT_EQ(harness.Stop(1)->state(), Trial::STOPPING);
  ASSERT_OK(harness.Complete(2, 1));
  EXPECT_EQ(harness.Stop(2)->state(), Trial::SUCCEEDED);
  ASSERT_OK(harness.Fail(3, ""));
  EXPECT_THAT(harness.Stop(3), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Stop(4), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Stop(5), StatusIs(StatusCode::kNotFound));
}

TEST(DeleteTrial, NeverGivesAnIdAgain) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 2));
  ASSERT_OK(harness.Delete(2));
  EXPECT_THAT(harness.study().GetTrial(2), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(harness.Delete(2), StatusIs(StatusCode::kNotFound));
  harness.Restart();
  ASSERT_OK_AND_ASSIGN(auto next, harness.Take("w", 2));
  EXPECT_THAT(Ids(next), ElementsAre("1", "3"));
}

TEST(DeleteTrial, NeverGivesAPointAgain) {
  StudyHarness harness;
  ASSERT_OK_AND_ASSIGN(auto first, harness.Take("w"));
  ASSERT_OK(harness.Delete(1));
  harness.Restart();
  ASSERT_OK_AND_ASSIGN(auto next, harness.Take("w"));
  EXPECT_NE(next[0].parameters(0).value().number_value(),
            first[0].parameters(0).value().number_value());
}

TEST(ClosedStudy, RefusesToChange) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.SetState(vizier::Study::INACTIVE));
  const std::string before = harness.Trials();
  EXPECT_THAT(harness.Create(""), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Delete(1), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_THAT(harness.Update("delta { metadatum { key: 'k' } }"),
              StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_EQ(harness.Trials(), before);
  EXPECT_OK(harness.Complete(1, 1)) << "workers may still finish";
  ASSERT_OK(harness.SetState(vizier::Study::ACTIVE));
  EXPECT_OK(harness.Take("w"));
}

TEST(SetState, RefusesAStateThatTheProtocolDoesNotHave) {
  StudyHarness harness;
  EXPECT_THAT(harness.SetState(static_cast<vizier::Study::State>(42)),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::ACTIVE);
}

TEST(UpdateMetadata, MergesByNamespaceAndKeyAndSorts) {
  StudyHarness harness(R"pb(
    metadata { ns: ":b" key: "k" value: "old" }
    metadata { key: "z" value: "1" }
  )pb");
  ASSERT_OK(harness.Take("w"));
  EXPECT_THAT(harness.Update(R"pb(
    delta { metadatum { ns: ":b" key: "k" value: "new" } }
    delta { metadatum { key: "a" value: "2" } }
    delta {
      trial_id: "1"
      metadatum { key: "t" value: "3" }
    }
    delta {
      trial_id: "1"
      metadatum { key: "t" value: "4" }
    }
  )pb"),
              IsOkAndHolds(""));
  harness.Restart();
  EXPECT_THAT(harness.study().proto().study_spec().metadata(),
              ElementsAre(EqualsProto("key: 'a' value: '2'"),
                          EqualsProto("key: 'z' value: '1'"),
                          EqualsProto("ns: ':b' key: 'k' value: 'new'")));
  EXPECT_THAT(harness.study().GetTrial(1)->Decode().metadata(),
              ElementsAre(EqualsProto("key: 't' value: '4'")));
}

TEST(UpdateMetadata, IsAllOrNothing) {
  StudyHarness harness;
  EXPECT_THAT(harness.Update(R"pb(
    delta { metadatum { key: "a" value: "2" } }
    delta {
      trial_id: "9"
      metadatum { key: "t" value: "3" }
    }
  )pb"),
              IsOkAndHolds(HasSubstr("no trial 9")));
  EXPECT_THAT(harness.study().proto().study_spec().metadata(), IsEmpty());
  EXPECT_TRUE(harness.effects().commit.empty());
}

TEST(UpdateMetadata, KeepsMeasurements) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Measure(1, 1, 0.5));
  ASSERT_OK(harness.Update("delta { trial_id: '1' metadatum { key: 'k' } }"));
  ASSERT_OK(harness.Measure(1, 2, 0.6));
  const std::string before = harness.Trials();
  harness.Restart();
  EXPECT_EQ(harness.Trials(), before);
  EXPECT_THAT(harness.study().GetTrial(1)->Decode().measurements(), SizeIs(2));
}

TEST(UpdateMetadata, DoesNotChangeTheOptionsInForce) {
  StudyHarness harness;
  EXPECT_THAT(harness.Update("delta { metadatum { ns: ':apogee' key: "
                             "'options' value: '{}' } }"),
              IsOkAndHolds(HasSubstr("can not be changed")));
}

TEST(ListTrials, ReturnsAllOrPages) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w", 5));
  ASSERT_OK(harness.Delete(2));
  EXPECT_THAT(harness.study().ListTrials({})->Decode().trials(), SizeIs(4));
  vizier::ListTrialsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  do {
    const auto page = harness.study().ListTrials(request)->Decode();
    for (const Trial& trial : page.trials()) ids.push_back(trial.id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("1", "3", "4", "5"));
  request.set_page_token("nonsense");
  EXPECT_THAT(harness.study().ListTrials(request),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(ListOptimalTrials, IsTheParetoFrontWithTies) {
  StudyHarness harness(R"pb(
    metrics { metric_id: "a" goal: MAXIMIZE }
    metrics { metric_id: "b" goal: MINIMIZE }
  )pb");
  EXPECT_THAT(OptimalIds(harness), IsEmpty());
  const auto add = [&](double a, double b) {
    ASSERT_OK(harness.Create(absl::StrCat(
        "state: SUCCEEDED final_measurement { metrics { metric_id: 'a' value: ",
        a, " } metrics { metric_id: 'b' value: ", b, " } }")));
  };
  add(1, 1);  // 1
  add(2, 2);  // 2
  add(1, 2);  // 3, beaten by both
  add(2, 2);  // 4, as good as 2
  add(2, 3);  // 5, beaten by 2
  ASSERT_OK(harness.Create(
      "state: SUCCEEDED final_measurement { metrics { metric_id: 'a' value: "
      "nan } metrics { metric_id: 'b' value: 0 } }"));
  ASSERT_OK(harness.Create(
      "state: SUCCEEDED final_measurement { metrics { metric_id: 'a' value: 9 "
      "} }"));
  EXPECT_THAT(OptimalIds(harness), ElementsAre("1", "2", "4"));
  harness.Restart();
  EXPECT_THAT(OptimalIds(harness), ElementsAre("1", "2", "4"));
}

TEST(ListOptimalTrials, LeavesOutUnsafeTrials) {
  StudyHarness harness(R"pb(
    metrics { metric_id: "y" goal: MAXIMIZE }
    metrics {
      metric_id: "latency"
      goal: MINIMIZE
      safety_config { safety_threshold: 5 }
    }
  )pb");
  const auto add = [&](double y, double latency) {
    ASSERT_OK(harness.Create(absl::StrCat(
        "state: SUCCEEDED final_measurement { metrics { metric_id: 'y' value: ",
        y, " } metrics { metric_id: 'latency' value: ", latency, " } }")));
  };
  add(9, 6);
  add(7, 5);
  add(6, 1);
  EXPECT_THAT(OptimalIds(harness), ElementsAre("2"));
}

TEST(Summary, CountsAndNamesTheBest) {
  StudyHarness harness("apogee_options { budget { trials: 9 } }");
  ASSERT_OK(harness.Take("w", 5));
  ASSERT_OK(harness.Create(""));
  ASSERT_OK(harness.Complete(1, 0.5));
  ASSERT_OK(harness.Complete(2, 0.7));
  ASSERT_OK(harness.Fail(3, ""));
  ASSERT_OK(harness.Stop(4));
  const apogee::v1::StudySummary summary = harness.study().Summary();
  EXPECT_THAT(summary.trials(), EqualsProto(R"pb(
                requested: 1
                active: 1
                stopping: 1
                succeeded: 2
                infeasible: 1
              )pb"));
  EXPECT_EQ(summary.best_trial().id(), "2");
  EXPECT_EQ(summary.seed(), 1u);
  EXPECT_EQ(summary.budget_trials(), 9);
  EXPECT_EQ(summary.started_trials(), 5);
  EXPECT_EQ(summary.algorithm(), "RANDOM_SEARCH");
}

}  // namespace
}  // namespace apogee
