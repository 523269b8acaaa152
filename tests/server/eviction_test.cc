// Studies that nobody asks about leave memory, and nobody notices.

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using google::longrunning::Operation;
using testing::SizeIs;

constexpr char kStudy[] = "owners/o/studies/s";

class EvictionTest : public testing::Test {
 protected:
  void Create(absl::string_view spec_text = "") {
    ASSERT_OK(
        Call(engine_, &Engine::CreateStudy, MakeCreateRequest(spec_text)));
  }
  vizier::SuggestTrialsRequest SuggestRequest(const std::string& client_id) {
    vizier::SuggestTrialsRequest request;
    request.set_parent(kStudy);
    request.set_client_id(client_id);
    request.set_suggestion_count(1);
    return request;
  }
  vizier::Trial Take(const std::string& client_id) {
    const absl::StatusOr<Operation> operation =
        Call(engine_, &Engine::SuggestTrials, SuggestRequest(client_id));
    EXPECT_OK(operation);
    return ResponseOf(*operation).trials(0);
  }
  absl::Status Complete(const std::string& trial) {
    vizier::CompleteTrialRequest request;
    request.set_name(trial);
    request.mutable_final_measurement()->add_metrics()->set_metric_id("y");
    return Call(engine_, &Engine::CompleteTrial, request).status();
  }
  // Tells all studies to go, and waits until they have.
  void EvictAll() {
    while (engine_.Stats().studies > 0) {
      engine_.EvictIdle(absl::InfiniteFuture());
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Datastore> base_ = *OpenDatastore("memory:");
  FaultyStore store_{base_.get()};
  FakeClock clock_;
  FakePolicy policy_;
  Engine engine_{{}, &store_, &clock_, &policy_};
};

TEST_F(EvictionTest, AStudyComesBackAsItWas) {
  Create();
  const vizier::Trial first = Take("w");
  const vizier::Trial second = Take("v");
  EvictAll();
  EXPECT_OK(Complete(first.name()));
  EvictAll();
  EXPECT_EQ(Take("v").id(), second.id()) << "it is still the worker's";
  EXPECT_EQ(Take("w").id(), "3");
  EXPECT_EQ(engine_.Stats().studies, 1);
}

TEST_F(EvictionTest, SuggestionsAreThoseOfAStudyThatStayed) {
  Create("algorithm: 'RANDOM_SEARCH'");
  std::vector<double> evicted, stayed;
  for (int i = 0; i < 5; ++i) {
    evicted.push_back(
        Take(absl::StrCat("w", i)).parameters(0).value().number_value());
    EvictAll();
  }
  vizier::DeleteStudyRequest erase;
  erase.set_name(kStudy);
  ASSERT_OK(Call(engine_, &Engine::DeleteStudy, erase));
  Create("algorithm: 'RANDOM_SEARCH'");
  for (int i = 0; i < 5; ++i) {
    stayed.push_back(
        Take(absl::StrCat("w", i)).parameters(0).value().number_value());
  }
  EXPECT_EQ(evicted, stayed);
}

TEST_F(EvictionTest, OnlyIdleStudiesGo) {
  Create();
  engine_.EvictIdle(clock_.Now());
  Take("w");
  EXPECT_EQ(engine_.Stats().studies, 1);
  // The figures follow the answers.
  while (engine_.Stats().total.active < 1) std::this_thread::yield();
}

TEST_F(EvictionTest, AStudyStaysWhileItsChangesAreNotOnDisk) {
  Create();
  store_.Hold();
  const vizier::SuggestTrialsRequest request = SuggestRequest("w");
  auto operation = Start(engine_, &Engine::SuggestTrials, request);
  store_.WaitForHeld(1);
  for (int i = 0; i < 100; ++i) engine_.EvictIdle(absl::InfiniteFuture());
  store_.Release();
  ASSERT_OK_AND_ASSIGN(const Operation answer, operation.get());
  EvictAll();
  EXPECT_EQ(Take("w").id(), ResponseOf(answer).trials(0).id());
}

TEST_F(EvictionTest, AStudyStaysWhileAPolicyThinks) {
  Create(
      "algorithm: 'MY_OWN' "
      "metadata { ns: ':service' key: 'PYTHIA_ENDPOINT' value: 'there:1' }");
  const vizier::SuggestTrialsRequest request = SuggestRequest("w");
  auto operation = Start(engine_, &Engine::SuggestTrials, request);
  FakePolicy::Ask ask = policy_.TakeAsk();
  for (int i = 0; i < 100; ++i) engine_.EvictIdle(absl::InfiniteFuture());
  vizier::SuggestDecision decision;
  decision.add_suggestions();
  std::move(ask.done)(std::move(decision));
  ASSERT_OK_AND_ASSIGN(const Operation answer, operation.get());
  EXPECT_THAT(ResponseOf(answer).trials(), SizeIs(1));
  EXPECT_EQ(policy_.asked(), 1);
}

TEST_F(EvictionTest, IdleStudiesGoByThemselves) {
  FakeClock clock;
  Engine engine({.study_idle = absl::Milliseconds(20)}, &store_, &clock,
                &policy_);
  ASSERT_OK(Call(engine, &Engine::CreateStudy, MakeCreateRequest("")));
  clock.Advance(absl::Seconds(1));
  while (engine.Stats().studies > 0) std::this_thread::yield();
}

TEST_F(EvictionTest, ManyWorkersDoNotNotice) {
  Create();
  constexpr int kWorkers = 8;
  constexpr int kTrials = 50;
  std::vector<std::thread> workers;
  for (int w = 0; w < kWorkers; ++w) {
    workers.emplace_back([this, w] {
      for (int i = 0; i < kTrials; ++i) {
        EXPECT_OK(Complete(Take(absl::StrCat("w", w)).name()));
        engine_.EvictIdle(absl::InfiniteFuture());
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  apogee::v1::GetStudySummaryRequest request;
  request.set_name(kStudy);
  ASSERT_OK_AND_ASSIGN(const apogee::v1::StudySummary summary,
                       Call(engine_, &Engine::GetStudySummary, request));
  EXPECT_EQ(summary.trials().succeeded(), kWorkers * kTrials);
  EXPECT_EQ(summary.trials().active(), 0);
}

}  // namespace
}  // namespace apogee
