#include "server/engine/engine.h"

#include <chrono>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "algorithms/registry.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using google::longrunning::Operation;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kStudy[] = "owners/o/studies/s";
constexpr char kEndpoint[] =
    "algorithm: 'MY_OWN' "
    "metadata { ns: ':service' key: 'PYTHIA_ENDPOINT' value: 'there:1' }";

template <typename T>
bool IsReady(std::future<T>& future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

vizier::SuggestTrialsRequest SuggestRequest(const std::string& client_id,
                                            int count = 1) {
  vizier::SuggestTrialsRequest request;
  request.set_parent(kStudy);
  request.set_client_id(client_id);
  request.set_suggestion_count(count);
  return request;
}

vizier::CompleteTrialRequest CompleteRequest(const std::string& name,
                                             double y) {
  vizier::CompleteTrialRequest request;
  request.set_name(name);
  request.mutable_final_measurement()->add_metrics()->set_metric_id("y");
  request.mutable_final_measurement()->mutable_metrics(0)->set_value(y);
  return request;
}

vizier::SuggestDecision Decision(int count) {
  vizier::SuggestDecision decision;
  for (int i = 0; i < count; ++i) decision.add_suggestions();
  return decision;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() { StartEngine(); }
  ~EngineTest() override { StopEngine(); }

  void StartEngine(absl::Duration suggest_wait = absl::Hours(1)) {
    engine_ =
        std::make_unique<Engine>(EngineOptions{.engine_threads = 2,
                                               .compute_threads = 1,
                                               .suggest_wait = suggest_wait},
                                 &store_, &clock_, &policy_);
  }
  void StopEngine() {
    engine_->Shutdown();
    engine_.reset();
  }

  void Create(absl::string_view spec_text = "") {
    ASSERT_OK(
        Call(*engine_, &Engine::CreateStudy, MakeCreateRequest(spec_text)));
  }
  absl::StatusOr<vizier::Trial> Get(int64_t id) {
    vizier::GetTrialRequest request;
    request.set_name(absl::StrCat(kStudy, "/trials/", id));
    return Call(*engine_, &Engine::GetTrial, request);
  }
  absl::StatusOr<Operation> Suggest(const std::string& client_id,
                                    int count = 1) {
    return Call(*engine_, &Engine::SuggestTrials,
                SuggestRequest(client_id, count));
  }
  absl::StatusOr<Operation> Poll(const Operation& operation) {
    google::longrunning::GetOperationRequest request;
    request.set_name(operation.name());
    return Call(*engine_, &Engine::GetOperation, request);
  }
  absl::Status Delete() {
    vizier::DeleteStudyRequest request;
    request.set_name(kStudy);
    return Call(*engine_, &Engine::DeleteStudy, request).status();
  }

  std::unique_ptr<Datastore> base_ = *OpenDatastore("memory:");
  FaultyStore store_{base_.get()};
  FakeClock clock_;
  FakePolicy policy_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, RunsAStudyFromStartToEnd) {
  Create();
  ASSERT_OK_AND_ASSIGN(auto operation, Suggest("w"));
  const auto response = ResponseOf(operation);
  ASSERT_THAT(response.trials(), SizeIs(1));
  EXPECT_OK(Call(*engine_, &Engine::CompleteTrial,
                 CompleteRequest(response.trials(0).name(), 0.5)));
  EXPECT_EQ(Get(1)->state(), vizier::Trial::SUCCEEDED);
}

TEST_F(EngineTest, CreatesOrLoads) {
  Create();
  ASSERT_OK_AND_ASSIGN(auto again,
                       Call(*engine_, &Engine::CreateStudy,
                            MakeCreateRequest("algorithm: 'GRID_SEARCH'")));
  EXPECT_EQ(again.study_spec().algorithm(), "RANDOM_SEARCH");
}

TEST_F(EngineTest, SaysWhatIsMissing) {
  EXPECT_THAT(Get(1), StatusIs(StatusCode::kNotFound, HasSubstr(kStudy)));
  EXPECT_THAT(Suggest("w"), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Delete(), StatusIs(StatusCode::kNotFound));
  Create();
  EXPECT_THAT(Get(1), StatusIs(StatusCode::kNotFound, HasSubstr("trial 1")));
}

TEST_F(EngineTest, ANewEngineGoesOnWhereTheOldOneStopped) {
  Create();
  ASSERT_OK_AND_ASSIGN(auto operation, Suggest("w"));
  StopEngine();
  StartEngine();
  EXPECT_THAT(Poll(operation), IsOkAndHolds(EqualsProto(operation)));
  ASSERT_OK_AND_ASSIGN(auto next, Suggest("v"));
  EXPECT_EQ(ResponseOf(next).trials(0).id(), "2");
}

TEST_F(EngineTest, NothingLeavesBeforeItIsDurable) {
  Create();
  ASSERT_OK(Suggest("w"));
  store_.Hold();
  const auto complete = CompleteRequest(absl::StrCat(kStudy, "/trials/1"), 1);
  auto completed = Start(*engine_, &Engine::CompleteTrial, complete);
  store_.WaitForHeld(1);
  vizier::GetTrialRequest get;
  get.set_name(complete.name());
  auto read = Start(*engine_, &Engine::GetTrial, get);
  // Another study is not held up by this one's commit, and its answer shows
  // that the read has had its turn.
  vizier::GetStudyRequest other;
  other.set_name("owners/o/studies/other");
  EXPECT_THAT(Call(*engine_, &Engine::GetStudy, other),
              StatusIs(StatusCode::kNotFound));
  EXPECT_FALSE(IsReady(completed));
  EXPECT_FALSE(IsReady(read)) << "a reader saw what a crash would undo";
  store_.Release();
  EXPECT_OK(completed.get());
  EXPECT_EQ(read.get()->state(), vizier::Trial::SUCCEEDED);
}

TEST_F(EngineTest, AFailedCommitFailsTheCallAndIsForgotten) {
  Create();
  ASSERT_OK(Suggest("w"));
  store_.Break(absl::UnavailableError("disk on fire"));
  EXPECT_THAT(Call(*engine_, &Engine::CompleteTrial,
                   CompleteRequest(absl::StrCat(kStudy, "/trials/1"), 1)),
              StatusIs(StatusCode::kUnavailable, HasSubstr("disk on fire")));
  store_.Break(absl::OkStatus());
  // The study is loaded again from what the disk has.
  absl::StatusOr<vizier::Trial> trial = Get(1);
  while (absl::IsUnavailable(trial.status())) trial = Get(1);
  EXPECT_EQ(trial->state(), vizier::Trial::ACTIVE);
}

TEST_F(EngineTest, DeletesForGood) {
  Create();
  ASSERT_OK(Suggest("w", 3));
  EXPECT_OK(Delete());
  EXPECT_THAT(Get(1), StatusIs(StatusCode::kNotFound));
  Create();
  ASSERT_OK_AND_ASSIGN(auto operation, Suggest("w"));
  EXPECT_EQ(operation.name(), "owners/o/operations/suggestion/s/w/1");
  EXPECT_EQ(ResponseOf(operation).trials(0).id(), "1");
}

TEST_F(EngineTest, ADeletedStudyDoesNotComeBackFromTheDisk) {
  Create();
  store_.Hold();
  vizier::DeleteStudyRequest request;
  request.set_name(kStudy);
  auto deleted = Start(*engine_, &Engine::DeleteStudy, request);
  store_.WaitForHeld(1);
  vizier::GetStudyRequest get;
  get.set_name(kStudy);
  auto read = Start(*engine_, &Engine::GetStudy, get);
  store_.Release();
  EXPECT_OK(deleted.get());
  EXPECT_THAT(read.get(), StatusIs(StatusCode::kNotFound));
}

TEST_F(EngineTest, LearnsALongHistoryWhole) {
  constexpr int kTrials = 5000;
  Create("algorithm: 'REGULARIZED_EVOLUTION'");
  const SearchSpace space = *SearchSpace::Create(
      MakeCreateRequest().study().study_spec().parameters());
  std::vector<Observation> finished;
  for (int i = 0; i < kTrials; ++i) {
    const Point point = {(i * 7919 % kTrials) / (1.0 * kTrials)};
    vizier::CreateTrialRequest request;
    request.set_parent(kStudy);
    vizier::Trial& trial = *request.mutable_trial();
    trial.set_state(vizier::Trial::SUCCEEDED);
    *trial.mutable_parameters() = space.Decode(point);
    *trial.mutable_final_measurement() =
        CompleteRequest("", point[0]).final_measurement();
    ASSERT_OK(Call(*engine_, &Engine::CreateTrial, request));
    finished.push_back({i + 1, point, {point[0]}, ""});
  }
  const RegisteredAlgorithm& evolution =
      *FindAlgorithm("REGULARIZED_EVOLUTION");
  ASSERT_OK_AND_ASSIGN(
      const auto algorithm,
      CreateAlgorithm(evolution,
                      {.space = &space,
                       .options = *CheckOptions(evolution.name,
                                                evolution.info.options, {})}));
  ASSERT_OK(algorithm->Observe(finished));
  const Rng rng(1);
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       algorithm->Suggest({1, 0, {}, rng}));

  ASSERT_OK_AND_ASSIGN(const auto operation, Suggest("w"));
  const vizier::Trial trial = ResponseOf(operation).trials(0);
  EXPECT_THAT(
      *space.Encode(trial.parameters()),
      testing::ElementsAre(testing::DoubleNear(expected[0].point[0], 1e-12)));
}

TEST_F(EngineTest, AsksThePolicyOnceForAllWaitingWorkers) {
  Create(kEndpoint);
  const auto first = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, first);
  FakePolicy::Ask ask = policy_.TakeAsk();
  EXPECT_EQ(ask.endpoint, "there:1");
  EXPECT_EQ(ask.request.algorithm(), "MY_OWN");
  EXPECT_EQ(ask.request.count(), 1);
  EXPECT_EQ(ask.request.study_descriptor().guid(), kStudy);
  std::vector<vizier::SuggestTrialsRequest> requests;
  for (int i = 0; i < 20; ++i) {
    requests.push_back(SuggestRequest(absl::StrCat("b", i), 2));
  }
  std::vector<std::future<absl::StatusOr<Operation>>> later;
  for (const auto& request : requests) {
    later.push_back(Start(*engine_, &Engine::SuggestTrials, request));
  }
  // While the policy thinks, it may read the study back.
  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  EXPECT_OK(Call(*engine_, &Engine::ListTrials, list));
  std::move(ask.done)(Decision(1));
  EXPECT_THAT(ResponseOf(*a.get()).trials(), SizeIs(1));
  ask = policy_.TakeAsk();
  EXPECT_EQ(ask.request.count(), 40);
  EXPECT_EQ(ask.request.study_descriptor().max_trial_id(), 1);
  std::move(ask.done)(Decision(40));
  for (auto& future : later) {
    EXPECT_THAT(ResponseOf(*future.get()).trials(), SizeIs(2));
  }
}

TEST_F(EngineTest, TakesNoFloodOfSuggestions) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(Decision(10'002));
  EXPECT_EQ(a.get()->error().message(),
            "the policy gave 10002 suggestions, where 1 were asked for");
  a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(Decision(10'001));
  EXPECT_THAT(ResponseOf(*a.get()).trials(), SizeIs(1));
}

TEST_F(EngineTest, TakesNoSuggestionThatBreaksAConstraint) {
  Create(absl::StrCat(kEndpoint, "apogee_options { constraints: 'x <= 0.5' }"));
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  auto decision = ParseProto<vizier::SuggestDecision>(R"pb(
    suggestions {
      parameters {
        parameter_id: "x"
        value { number_value: 0.75 }
      }
    }
  )pb");
  std::move(policy_.TakeAsk().done)(decision);
  EXPECT_EQ(a.get()->error().message(),
            "the policy gave a suggestion that the study does not allow: "
            "constraint \"x <= 0.5\" does not hold: it is missed by 0.25");
  a = Start(*engine_, &Engine::SuggestTrials, request);
  decision.mutable_suggestions(0)
      ->mutable_parameters(0)
      ->mutable_value()
      ->set_number_value(0.25);
  std::move(policy_.TakeAsk().done)(decision);
  EXPECT_THAT(ResponseOf(*a.get()).trials(), SizeIs(1));
}

TEST_F(EngineTest, KeepsMetadataThatThePolicySends) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  auto decision = ParseProto<vizier::SuggestDecision>(R"pb(
    suggestions {
      parameters {
        parameter_id: "not in the space"
        value { number_value: 1 }
      }
      metadata { ns: ":p" key: "k" value: "trial" }
    }
    metadata { metadatum { ns: ":p" key: "k" value: "study" } }
  )pb");
  std::move(policy_.TakeAsk().done)(decision);
  const auto trial = ResponseOf(*a.get()).trials(0);
  EXPECT_THAT(trial.parameters(0),
              EqualsProto(decision.suggestions(0).parameters(0)));
  EXPECT_EQ(trial.metadata(0).value(), "trial");
  vizier::GetStudyRequest get;
  get.set_name(kStudy);
  const auto study = *Call(*engine_, &Engine::GetStudy, get);
  EXPECT_EQ(study.study_spec().metadata_size(), 2);
}

TEST_F(EngineTest, ThePolicysErrorEndsTheOperation) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(absl::UnknownError("bad idea"));
  absl::StatusOr<Operation> operation = a.get();
  ASSERT_OK(operation);
  EXPECT_TRUE(operation->done());
  EXPECT_EQ(operation->error().message(), "bad idea");
}

TEST_F(EngineTest, RunsABuiltInAlgorithmWhenItsEndpointIsDead) {
  Create("metadata { ns: ':service' key: 'PYTHIA_ENDPOINT' value: 'x:1' }");
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(absl::UnavailableError("nobody"));
  EXPECT_THAT(ResponseOf(*a.get()).trials(0).parameters(), SizeIs(1));
}

TEST_F(EngineTest, StopsAskingADeadEndpointForAWhile) {
  Create(kEndpoint);
  for (int i = 0; i < Breaker::kFailures; ++i) {
    const auto request = SuggestRequest("a");
    auto a = Start(*engine_, &Engine::SuggestTrials, request);
    std::move(policy_.TakeAsk().done)(absl::UnavailableError("nobody"));
    EXPECT_EQ(a.get()->error().message(), "nobody");
  }
  ASSERT_OK_AND_ASSIGN(auto refused, Suggest("a"));
  EXPECT_THAT(refused.error().message(), HasSubstr("has not answered"));
  EXPECT_EQ(policy_.asked(), Breaker::kFailures);

  clock_.Advance(Breaker::kPause);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(Decision(1));
  EXPECT_THAT(ResponseOf(*a.get()).trials(), SizeIs(1));
}

TEST_F(EngineTest, FollowsTheEndpointWhereverItMoves) {
  Create(kEndpoint);
  vizier::UpdateMetadataRequest move;
  move.set_name(kStudy);
  *move.add_delta() = ParseProto<vizier::UnitMetadataUpdate>(
      "metadatum { ns: ':service' key: 'PYTHIA_ENDPOINT' value: 'here:2' }");
  ASSERT_OK(Call(*engine_, &Engine::UpdateMetadata, move));
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  EXPECT_EQ(ask.endpoint, "here:2");
  std::move(ask.done)(Decision(1));
  EXPECT_OK(a.get());
}

TEST_F(EngineTest, ForwardsStoppingQuestions) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(Decision(1));
  ASSERT_OK(a.get());
  vizier::CheckTrialEarlyStoppingStateRequest check;
  check.set_trial_name(absl::StrCat(kStudy, "/trials/1"));
  auto yes = Start(*engine_, &Engine::CheckTrialEarlyStoppingState, check);
  FakePolicy::StopAsk ask = policy_.TakeStopAsk();
  EXPECT_THAT(ask.request.trial_ids(), testing::ElementsAre(1));
  std::move(ask.done)(ParseProto<vizier::EarlyStopDecisions>(
      "decisions { id: 2 } decisions { id: 1 should_stop: true }"));
  EXPECT_TRUE(yes.get()->should_stop());
  auto no = Start(*engine_, &Engine::CheckTrialEarlyStoppingState, check);
  std::move(policy_.TakeStopAsk().done)(vizier::EarlyStopDecisions());
  EXPECT_FALSE(no.get()->should_stop());
  auto dead = Start(*engine_, &Engine::CheckTrialEarlyStoppingState, check);
  std::move(policy_.TakeStopAsk().done)(absl::UnavailableError(""));
  EXPECT_FALSE(dead.get()->should_stop());
}

TEST_F(EngineTest, AnswersWithAnOpenOperationWhenItTakesLong) {
  StopEngine();
  StartEngine(absl::Milliseconds(1));
  Create(kEndpoint);
  ASSERT_OK_AND_ASSIGN(auto operation, Suggest("a"));
  EXPECT_FALSE(operation.done());
  EXPECT_FALSE(Poll(operation)->done());
  std::move(policy_.TakeAsk().done)(Decision(1));
  absl::StatusOr<Operation> polled = Poll(operation);
  while (polled.ok() && !polled->done()) polled = Poll(operation);
  EXPECT_THAT(ResponseOf(*polled).trials(), SizeIs(1));
}

TEST_F(EngineTest, AnOpenOperationEndsAfterACrash) {
  StopEngine();
  StartEngine(absl::Milliseconds(1));
  Create(kEndpoint);
  ASSERT_OK_AND_ASSIGN(auto operation, Suggest("a"));
  FakePolicy::Ask lost = policy_.TakeAsk();
  StopEngine();
  StartEngine();
  EXPECT_FALSE(Poll(operation)->done());
  std::move(policy_.TakeAsk().done)(Decision(1));
  absl::StatusOr<Operation> polled = Poll(operation);
  while (polled.ok() && !polled->done()) polled = Poll(operation);
  EXPECT_THAT(ResponseOf(*polled).trials(), SizeIs(1));
}

TEST_F(EngineTest, ClosingTheStudyFreesTheWaiting) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  vizier::SetStudyStateRequest close;
  close.set_parent(kStudy);
  close.set_state(vizier::Study::COMPLETED);
  ASSERT_OK(Call(*engine_, &Engine::SetStudyState, close));
  EXPECT_THAT(a.get(), StatusIs(StatusCode::kFailedPrecondition));
  std::move(ask.done)(Decision(1));
}

TEST_F(EngineTest, DeletingTheStudyFreesTheWaiting) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  ASSERT_OK(Delete());
  EXPECT_THAT(a.get(), StatusIs(StatusCode::kNotFound));
  std::move(ask.done)(Decision(1));
  EXPECT_THAT(Get(1), StatusIs(StatusCode::kNotFound));
}

TEST_F(EngineTest, DeletingTheStudyAnswersAStoppingQuestion) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  std::move(policy_.TakeAsk().done)(Decision(1));
  ASSERT_OK(a.get());
  vizier::CheckTrialEarlyStoppingStateRequest check;
  check.set_trial_name(absl::StrCat(kStudy, "/trials/1"));
  for (const bool create_again : {false, true}) {
    auto asked = Start(*engine_, &Engine::CheckTrialEarlyStoppingState, check);
    FakePolicy::StopAsk ask = policy_.TakeStopAsk();
    ASSERT_OK(Delete());
    if (create_again) Create(kEndpoint);
    std::move(ask.done)(ParseProto<vizier::EarlyStopDecisions>(
        "decisions { id: 1 should_stop: true }"));
    EXPECT_THAT(asked.get(), StatusIs(StatusCode::kNotFound));
    if (create_again) break;
    Create(kEndpoint);
    auto again = Start(*engine_, &Engine::SuggestTrials, request);
    std::move(policy_.TakeAsk().done)(Decision(1));
    ASSERT_OK(again.get());
  }
}

TEST_F(EngineTest, DrainingFreesTheWaiting) {
  Create(kEndpoint);
  const auto request = SuggestRequest("a");
  auto a = Start(*engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  engine_->Drain();
  EXPECT_THAT(a.get(), StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(Suggest("b"), StatusIs(StatusCode::kUnavailable));
}

TEST_F(EngineTest, ManyWorkersGetEachTrialOnceAndNothingIsLost) {
  constexpr int kWorkers = 8;
  constexpr int kRounds = 50;
  Create();
  std::vector<std::thread> workers;
  for (int w = 0; w < kWorkers; ++w) {
    workers.emplace_back([this, w] {
      for (int i = 0; i < kRounds; ++i) {
        ASSERT_OK_AND_ASSIGN(auto operation, Suggest(absl::StrCat("w", w)));
        const auto response = ResponseOf(operation);
        ASSERT_THAT(response.trials(), SizeIs(1));
        EXPECT_EQ(response.trials(0).client_id(), absl::StrCat("w", w));
        ASSERT_OK(Call(*engine_, &Engine::CompleteTrial,
                       CompleteRequest(response.trials(0).name(), w)));
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  const auto before = *Call(*engine_, &Engine::ListTrials, list);
  EXPECT_THAT(before.trials(), SizeIs(kWorkers * kRounds));
  std::set<double> points;
  for (const vizier::Trial& trial : before.trials()) {
    EXPECT_EQ(trial.state(), vizier::Trial::SUCCEEDED);
    points.insert(trial.parameters(0).value().number_value());
  }
  EXPECT_THAT(points, SizeIs(kWorkers * kRounds));
  StopEngine();
  StartEngine();
  EXPECT_THAT(Call(*engine_, &Engine::ListTrials, list),
              IsOkAndHolds(EqualsProto(before)));
}

TEST_F(EngineTest, ListsStudiesAndTheirSummaries) {
  for (const char* name : {"a", "b", "c"}) {
    auto request = MakeCreateRequest();
    request.mutable_study()->set_display_name(name);
    ASSERT_OK(Call(*engine_, &Engine::CreateStudy, request));
  }
  vizier::ListStudiesRequest list;
  list.set_parent("owners/o");
  list.set_page_size(2);
  ASSERT_OK_AND_ASSIGN(auto page, Call(*engine_, &Engine::ListStudies, list));
  ASSERT_THAT(page.studies(), SizeIs(2));
  list.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(page, Call(*engine_, &Engine::ListStudies, list));
  ASSERT_THAT(page.studies(), SizeIs(1));
  EXPECT_EQ(page.studies(0).name(), "owners/o/studies/c");
  EXPECT_EQ(page.next_page_token(), "");

  ASSERT_OK_AND_ASSIGN(auto summaries,
                       Call(*engine_, &Engine::ListStudySummaries,
                            apogee::v1::ListStudySummariesRequest()));
  EXPECT_THAT(summaries.studies(), SizeIs(3));
  vizier::ListStudiesRequest nobody;
  nobody.set_parent("owners/nobody");
  EXPECT_THAT(Call(*engine_, &Engine::ListStudies, nobody)->studies(),
              SizeIs(0));
}

}  // namespace
}  // namespace apogee
