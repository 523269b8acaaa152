// A client that missed an answer asks again, at once, later, or of the next
// server: it gets the same answer, and what it wanted has happened once.

#include <thread>

#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using google::longrunning::Operation;
using testing::SizeIs;
using vizier::Trial;

constexpr char kStudy[] = "owners/o/studies/s";

class RetryTest : public testing::Test {
 protected:
  RetryTest() { StartEngine(); }
  ~RetryTest() override { engine_->Shutdown(); }

  void StartEngine() {
    engine_ = std::make_unique<Engine>(
        EngineOptions{.engine_threads = 2, .compute_threads = 1}, &store_,
        &clock_, &policy_);
  }
  // The next engine knows what this one has made durable. Time passes.
  void RestartEngine() {
    engine_->Shutdown();
    engine_.reset();
    clock_.Advance(absl::Minutes(1));
    StartEngine();
  }

  void Create(absl::string_view spec_text = "") {
    ASSERT_OK(
        Call(*engine_, &Engine::CreateStudy, MakeCreateRequest(spec_text)));
  }
  static vizier::SuggestTrialsRequest SuggestRequest(int count = 1) {
    vizier::SuggestTrialsRequest request;
    request.set_parent(kStudy);
    request.set_client_id("w");
    request.set_suggestion_count(count);
    return request;
  }
  static vizier::CompleteTrialRequest CompleteRequest(int64_t id, double y) {
    vizier::CompleteTrialRequest request;
    request.set_name(absl::StrCat(kStudy, "/trials/", id));
    request.mutable_final_measurement()->add_metrics()->set_metric_id("y");
    request.mutable_final_measurement()->mutable_metrics(0)->set_value(y);
    return request;
  }
  // The trials of one SuggestTrials call.
  std::vector<Trial> Suggest(int count = 1) {
    const absl::StatusOr<Operation> operation =
        Call(*engine_, &Engine::SuggestTrials, SuggestRequest(count));
    EXPECT_OK(operation);
    const vizier::SuggestTrialsResponse response = ResponseOf(*operation);
    return {response.trials().begin(), response.trials().end()};
  }
  vizier::ListTrialsResponse List() {
    vizier::ListTrialsRequest request;
    request.set_parent(kStudy);
    return *Call(*engine_, &Engine::ListTrials, request);
  }
  apogee::v1::StudySummary Summary() {
    apogee::v1::GetStudySummaryRequest request;
    request.set_name(kStudy);
    return *Call(*engine_, &Engine::GetStudySummary, request);
  }

  std::unique_ptr<Datastore> base_ = *OpenDatastore("memory:");
  FaultyStore store_{base_.get()};
  FakeClock clock_;
  FakePolicy policy_;
  std::unique_ptr<Engine> engine_;
};

MATCHER_P(AreTheTrials, expected, "") {
  // One of them may be a repeated field, whose size is an int.
  const auto size = static_cast<int>(expected.size());
  if (static_cast<int>(arg.size()) != size) return false;
  for (int i = 0; i < size; ++i) {
    if (!testing::ExplainMatchResult(EqualsProto(expected[i]), arg[i],
                                     result_listener)) {
      return false;
    }
  }
  return true;
}

TEST_F(RetryTest, SuggestWhileTheFirstAnswerIsOnItsWayToTheDisk) {
  Create();
  store_.Hold();
  const vizier::SuggestTrialsRequest request = SuggestRequest(2);
  auto first = Start(*engine_, &Engine::SuggestTrials, request);
  store_.WaitForHeld(1);
  auto second = Start(*engine_, &Engine::SuggestTrials, request);
  store_.WaitForHeld(2);
  store_.Release();
  const auto trials = ResponseOf(*first.get()).trials();
  EXPECT_THAT(trials, SizeIs(2));
  EXPECT_THAT(ResponseOf(*second.get()).trials(), AreTheTrials(trials));
  EXPECT_THAT(List().trials(), AreTheTrials(trials));
}

TEST_F(RetryTest, SuggestWhileTheAlgorithmThinksIsOneOperation) {
  Create(
      "algorithm: 'MY_OWN' "
      "metadata { ns: ':service' key: 'PYTHIA_ENDPOINT' value: 'there:1' }");
  const vizier::SuggestTrialsRequest request = SuggestRequest(2);
  auto first = Start(*engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  auto second = Start(*engine_, &Engine::SuggestTrials, request);
  vizier::SuggestDecision decision;
  decision.add_suggestions();
  decision.add_suggestions();
  List();  // answered after the second call has had its turn
  std::move(ask.done)(std::move(decision));
  ASSERT_OK_AND_ASSIGN(const Operation answer, first.get());
  EXPECT_THAT(second.get(), IsOkAndHolds(EqualsProto(answer)));
  EXPECT_THAT(List().trials(), AreTheTrials(ResponseOf(answer).trials()));
  EXPECT_EQ(policy_.asked(), 1);
}

TEST_F(RetryTest, SuggestByManyAtOnceUnderOneName) {
  Create();
  std::vector<std::vector<Trial>> answers(16);
  std::vector<std::thread> threads;
  for (std::vector<Trial>& answer : answers) {
    threads.emplace_back([&] { answer = Suggest(3); });
  }
  for (std::thread& thread : threads) thread.join();
  const auto trials = List().trials();
  EXPECT_THAT(trials, SizeIs(3));
  for (const std::vector<Trial>& answer : answers) {
    EXPECT_THAT(answer, AreTheTrials(trials));
  }
}

TEST_F(RetryTest, SuggestOfTheNextServer) {
  Create();
  const std::vector<Trial> trials = Suggest(3);
  RestartEngine();
  EXPECT_THAT(Suggest(3), AreTheTrials(trials));
  EXPECT_THAT(List().trials(), AreTheTrials(trials));
}

TEST_F(RetryTest, SuggestOfTheNextServerWhenTheFirstHadNotAnswered) {
  Create();
  store_.Break(absl::UnavailableError("the power went"));
  EXPECT_THAT(Call(*engine_, &Engine::SuggestTrials, SuggestRequest()),
              StatusIs(StatusCode::kUnavailable));
  store_.Break(absl::OkStatus());
  RestartEngine();
  const std::vector<Trial> trials = Suggest();
  EXPECT_THAT(trials, testing::ElementsAre(EqualsProto(Suggest()[0])));
  EXPECT_EQ(trials[0].id(), "1");
  EXPECT_THAT(List().trials(), AreTheTrials(trials));
}

TEST_F(RetryTest, CompleteWhileTheFirstAnswerIsOnItsWayToTheDisk) {
  Create();
  Suggest();
  store_.Hold();
  const vizier::CompleteTrialRequest request = CompleteRequest(1, 0.5);
  auto first = Start(*engine_, &Engine::CompleteTrial, request);
  store_.WaitForHeld(1);
  clock_.Advance(absl::Minutes(1));
  auto second = Start(*engine_, &Engine::CompleteTrial, request);
  store_.Release();
  ASSERT_OK_AND_ASSIGN(const Trial trial, first.get());
  EXPECT_THAT(second.get(), IsOkAndHolds(EqualsProto(trial)));
  EXPECT_EQ(Summary().trials().succeeded(), 1);
}

TEST_F(RetryTest, CompleteOfTheNextServer) {
  Create();
  Suggest(2);
  ASSERT_OK_AND_ASSIGN(
      const Trial succeeded,
      Call(*engine_, &Engine::CompleteTrial, CompleteRequest(1, 0.5)));
  vizier::CompleteTrialRequest fail;
  fail.set_name(absl::StrCat(kStudy, "/trials/2"));
  fail.set_trial_infeasible(true);
  fail.set_infeasible_reason("diverged");
  ASSERT_OK_AND_ASSIGN(const Trial infeasible,
                       Call(*engine_, &Engine::CompleteTrial, fail));
  RestartEngine();
  EXPECT_THAT(Call(*engine_, &Engine::CompleteTrial, CompleteRequest(1, 0.5)),
              IsOkAndHolds(EqualsProto(succeeded)));
  EXPECT_THAT(Call(*engine_, &Engine::CompleteTrial, fail),
              IsOkAndHolds(EqualsProto(infeasible)));
  EXPECT_EQ(Summary().trials().succeeded(), 1);
  EXPECT_EQ(Summary().trials().infeasible(), 1);
}

TEST_F(RetryTest, CompleteByManyAtOnceHappensOnceWithOneContent) {
  Create();
  Suggest();
  std::vector<absl::StatusOr<Trial>> answers(16);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      answers[i] = Call(*engine_, &Engine::CompleteTrial,
                        CompleteRequest(1, static_cast<double>(i % 2)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Trial kept = List().trials(0);
  int same = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].ok()) {
      EXPECT_THAT(answers[i], StatusIs(StatusCode::kFailedPrecondition));
      continue;
    }
    ++same;
    EXPECT_THAT(*answers[i], EqualsProto(kept));
  }
  EXPECT_EQ(same, 8);
  EXPECT_EQ(Summary().trials().succeeded(), 1);
}

TEST_F(RetryTest, ASpentBudgetStillAnswersRepeatedCompletions) {
  Create("apogee_options { budget { trials: 1 } }");
  Suggest();
  ASSERT_OK_AND_ASSIGN(const Trial trial, Call(*engine_, &Engine::CompleteTrial,
                                               CompleteRequest(1, 0.5)));
  EXPECT_EQ(Summary().study().state(), vizier::Study::COMPLETED);
  EXPECT_THAT(Call(*engine_, &Engine::CompleteTrial, CompleteRequest(1, 0.5)),
              IsOkAndHolds(EqualsProto(trial)));
}

}  // namespace
}  // namespace apogee
