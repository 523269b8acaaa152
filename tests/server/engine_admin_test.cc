// Studies move to another server and go on as if nothing had happened.

#include <algorithm>
#include <cstddef>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::ImportStudyRequest;
using apogee::v1::ImportTrialsRequest;
using apogee::v1::TrialRecord;
using testing::HasSubstr;

constexpr char kStudy[] = "owners/o/studies/s";

// A server without the wire.
class Server {
 public:
  explicit Server(const std::string& address = "memory:")
      : store_(*OpenDatastore(address)),
        engine_({.engine_threads = 2, .compute_threads = 1}, store_.get(),
                &clock_, &policy_) {}

  Engine& engine() { return engine_; }
  FakeClock& clock() { return clock_; }

  void Create(absl::string_view spec_text) {
    EXPECT_OK(
        Call(engine_, &Engine::CreateStudy, MakeCreateRequest(spec_text)));
  }
  vizier::Trial Take(const std::string& client_id) {
    vizier::SuggestTrialsRequest request;
    request.set_parent(kStudy);
    request.set_client_id(client_id);
    request.set_suggestion_count(1);
    const auto operation = Call(engine_, &Engine::SuggestTrials, request);
    EXPECT_OK(operation);
    return ResponseOf(*operation).trials(0);
  }
  void Complete(int64_t id, double y) {
    vizier::CompleteTrialRequest request;
    request.set_name(absl::StrCat(kStudy, "/trials/", id));
    auto& metric = *request.mutable_final_measurement()->add_metrics();
    metric.set_metric_id("y");
    metric.set_value(y);
    EXPECT_OK(Call(engine_, &Engine::CompleteTrial, request));
  }
  void Measure(int64_t id, double y) {
    vizier::AddTrialMeasurementRequest request;
    request.set_trial_name(absl::StrCat(kStudy, "/trials/", id));
    auto& metric = *request.mutable_measurement()->add_metrics();
    metric.set_metric_id("y");
    metric.set_value(y);
    EXPECT_OK(Call(engine_, &Engine::AddTrialMeasurement, request));
  }
  void Delete(int64_t id) {
    vizier::DeleteTrialRequest request;
    request.set_name(absl::StrCat(kStudy, "/trials/", id));
    EXPECT_OK(Call(engine_, &Engine::DeleteTrial, request));
  }
  absl::Status SetState(vizier::Study::State state) {
    vizier::SetStudyStateRequest request;
    request.set_parent(kStudy);
    request.set_state(state);
    return Call(engine_, &Engine::SetStudyState, request).status();
  }
  apogee::v1::StudySummary Summary() {
    apogee::v1::GetStudySummaryRequest request;
    request.set_name(kStudy);
    return *Call(engine_, &Engine::GetStudySummary, request);
  }

  apogee::v1::StudyRecord Export() {
    apogee::v1::ExportStudyRequest request;
    request.set_name(kStudy);
    const auto record = Call(engine_, &Engine::ExportStudy, request);
    EXPECT_OK(record);
    return *record;
  }
  std::vector<TrialRecord> ExportTrials() {
    std::vector<TrialRecord> trials;
    apogee::v1::ExportTrialsRequest request;
    request.set_parent(kStudy);
    do {
      const auto page = Call(engine_, &Engine::ExportTrials, request);
      EXPECT_OK(page);
      trials.insert(trials.end(), page->trials().begin(), page->trials().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return trials;
  }

  absl::StatusOr<vizier::Study> Import(const apogee::v1::StudyRecord& record,
                                       bool validate_only = false) {
    ImportStudyRequest request;
    request.set_parent("owners/o");
    *request.mutable_record() = record;
    request.set_validate_only(validate_only);
    return Call(engine_, &Engine::ImportStudy, request);
  }
  absl::Status ImportTrials(const std::vector<TrialRecord>& trials) {
    ImportTrialsRequest request;
    request.set_parent(kStudy);
    request.mutable_trials()->Add(trials.begin(), trials.end());
    return Call(engine_, &Engine::ImportTrials, request).status();
  }
  // All that `other` has of the study, `chunk` trials at a time.
  void ImportFrom(Server& other, size_t chunk) {
    ASSERT_OK(Import(other.Export()));
    const std::vector<TrialRecord> trials = other.ExportTrials();
    for (size_t i = 0; i < trials.size(); i += chunk) {
      const auto first = trials.begin() + static_cast<std::ptrdiff_t>(i);
      const size_t size = std::min(chunk, trials.size() - i);
      ASSERT_OK(
          ImportTrials({first, first + static_cast<std::ptrdiff_t>(size)}));
    }
    ASSERT_OK(SetState(vizier::Study::ACTIVE));
  }

 private:
  std::unique_ptr<Datastore> store_;
  FakeClock clock_;
  FakePolicy policy_;
  Engine engine_;
};

// A study with trials in all states, finished out of order, some deleted.
void Work(Server& server) {
  for (int i = 1; i <= 12; ++i) server.Take(absl::StrCat("w", i));
  server.Measure(7, 0.1);
  server.Measure(7, 0.2);
  for (const int id : {5, 3, 9, 1, 11, 8}) {
    server.clock().Advance(absl::Seconds(1));
    server.Complete(id, 0.1 * id);
  }
  server.Delete(9);
  server.Delete(12);
  vizier::CreateTrialRequest request;
  request.set_parent(kStudy);
  auto& parameter = *request.mutable_trial()->add_parameters();
  parameter.set_parameter_id("x");
  parameter.mutable_value()->set_number_value(0.5);
  EXPECT_OK(Call(server.engine(), &Engine::CreateTrial, request));
}

void ExpectEqual(Server& a, Server& b) {
  EXPECT_THAT(a.Export(), EqualsProto(b.Export()));
  const std::vector<TrialRecord> of_a = a.ExportTrials();
  const std::vector<TrialRecord> of_b = b.ExportTrials();
  ASSERT_EQ(of_a.size(), of_b.size());
  for (size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_THAT(of_a[i], EqualsProto(of_b[i]));
  }
}

class MovedStudy : public testing::TestWithParam<const char*> {};

TEST_P(MovedStudy, GoesOnAsIfItHadStayed) {
  Server home;
  home.Create(absl::StrCat(
      "algorithm: '", GetParam(),
      "' parameters { parameter_id: 'x' double_value_spec { max_value: 1 } } "
      "parameters { parameter_id: 'n' integer_value_spec { max_value: 50 } }"));
  Work(home);
  for (const size_t chunk : {1, 3, 100}) {
    SCOPED_TRACE(chunk);
    Server abroad;
    abroad.ImportFrom(home, chunk);
    ExpectEqual(home, abroad);
  }
  Server abroad;
  abroad.ImportFrom(home, 4);
  for (int i = 0; i < 5; ++i) {
    const std::string worker = absl::StrCat("new", i);
    const vizier::Trial stayed = home.Take(worker);
    const vizier::Trial moved = abroad.Take(worker);
    // The clocks of the two may differ.
    EXPECT_EQ(moved.id(), stayed.id());
    ASSERT_EQ(moved.parameters_size(), stayed.parameters_size());
    for (int k = 0; k < moved.parameters_size(); ++k) {
      EXPECT_THAT(moved.parameters(k), EqualsProto(stayed.parameters(k)));
    }
    home.Complete(std::stoi(stayed.id()), i);
    abroad.Complete(std::stoi(moved.id()), i);
  }
  EXPECT_EQ(home.Summary().best_trial().id(),
            abroad.Summary().best_trial().id());
}

INSTANTIATE_TEST_SUITE_P(Algorithms, MovedStudy,
                         testing::Values("RANDOM_SEARCH", "QUASI_RANDOM_SEARCH",
                                         "GRID_SEARCH",
                                         "SHUFFLED_GRID_SEARCH"));

TEST(EngineAdmin, TheOrderOfFinishingIsThatOfTheOldServer) {
  Server home, abroad;
  home.Create("");
  Work(home);
  abroad.ImportFrom(home, 1);
  // Trials are found by their place when they go, and the best is the first
  // among equals.
  for (const int64_t id : {3, 1, 11}) {
    home.Delete(id);
    abroad.Delete(id);
    ExpectEqual(home, abroad);
    EXPECT_THAT(abroad.Summary(), EqualsProto(home.Summary()));
  }
}

TEST(EngineAdmin, ASeedThatTheServerDrewGoesAlong) {
  Server home, abroad;
  vizier::CreateStudyRequest request = MakeCreateRequest("");
  request.mutable_study()->mutable_study_spec()->clear_apogee_options();
  ASSERT_OK(Call(home.engine(), &Engine::CreateStudy, request));
  abroad.ImportFrom(home, 1);
  EXPECT_EQ(abroad.Summary().seed(), home.Summary().seed());
  EXPECT_THAT(abroad.Take("w").parameters(0),
              EqualsProto(home.Take("w").parameters(0)));
}

TEST(EngineAdmin, WhatWasImportedIsOnTheDisk) {
  Server home;
  home.Create("");
  Work(home);
  TempDir folder;
  const std::string address = absl::StrCat("sqlite:", folder.File("a.db"));
  {
    Server abroad(address);
    abroad.ImportFrom(home, 2);
  }
  Server again(address);
  ExpectEqual(home, again);
  EXPECT_THAT(Call(again.engine(), &Engine::Check, apogee::v1::CheckRequest()),
              IsOkAndHolds(EqualsProto("")));
}

TEST(EngineAdmin, ADeletedTrialStillCountsAgainstTheBudget) {
  Server home;
  home.Create("apogee_options { budget { trials: 3 } }");
  home.Take("a");
  home.Take("b");
  home.Delete(2);
  Server abroad;
  abroad.ImportFrom(home, 10);
  EXPECT_EQ(abroad.Summary().started_trials(), 2);
  EXPECT_EQ(abroad.Take("c").id(), "3");
  abroad.Complete(1, 0);
  abroad.Complete(3, 0);
  EXPECT_EQ(abroad.Summary().study().state(), vizier::Study::COMPLETED);
}

TEST(EngineAdmin, AClosedStudyStaysClosedForTheSameReason) {
  Server home;
  home.Create("apogee_options { budget { trials: 1 } }");
  home.Take("a");
  home.Complete(1, 0);
  const apogee::v1::StudyRecord record = home.Export();
  ASSERT_EQ(record.study().state(), vizier::Study::COMPLETED);
  Server abroad;
  ASSERT_OK(abroad.Import(record));
  ASSERT_OK(abroad.ImportTrials(home.ExportTrials()));
  ExpectEqual(home, abroad);
}

TEST(EngineAdmin, AnActiveStudyIsClosedUntilItsTrialsAreThere) {
  Server home, abroad;
  home.Create("");
  home.Take("a");
  const absl::StatusOr<vizier::Study> study = abroad.Import(home.Export());
  ASSERT_OK(study);
  EXPECT_EQ(study->state(), vizier::Study::INACTIVE);
  EXPECT_EQ(study->inactive_reason(), "its import has not ended");
  ASSERT_OK(abroad.SetState(vizier::Study::ACTIVE));
  EXPECT_THAT(abroad.ImportTrials(home.ExportTrials()),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("paused")));
}

TEST(EngineAdmin, AStudyIsImportedOnceAndCheckedBefore) {
  Server home, abroad;
  home.Create("");
  apogee::v1::StudyRecord record = home.Export();
  EXPECT_THAT(home.Import(record, /*validate_only=*/true),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr(kStudy)));
  ASSERT_OK(abroad.Import(record, /*validate_only=*/true));
  ASSERT_OK(abroad.Import(record)) << "the check has left nothing behind";
  EXPECT_THAT(abroad.Import(record), StatusIs(StatusCode::kAlreadyExists));
  Server other;
  record.mutable_study()->mutable_study_spec()->set_algorithm("NO_SUCH");
  EXPECT_THAT(other.Import(record, /*validate_only=*/true),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("NO_SUCH")));
}

TEST(EngineAdmin, ARefusedChunkLeavesNothing) {
  Server home, abroad;
  home.Create("");
  Work(home);
  std::vector<TrialRecord> trials = home.ExportTrials();
  ASSERT_OK(abroad.Import(home.Export()));
  ASSERT_OK(abroad.ImportTrials({trials[0]}));
  EXPECT_THAT(abroad.ImportTrials(trials),
              StatusIs(StatusCode::kAlreadyExists, HasSubstr("trial 1 ")));
  TrialRecord twin = trials[0];
  twin.mutable_trial()->set_id("100");
  EXPECT_THAT(abroad.ImportTrials({trials[1], twin}),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("trial 100 has place 3 in the order")));
  EXPECT_EQ(abroad.ExportTrials().size(), 1);
}

TEST(EngineAdmin, FinishedTrialsWithoutAPlaceComeLast) {
  Server home, abroad;
  home.Create("");
  Work(home);
  std::vector<TrialRecord> trials = home.ExportTrials();
  const int64_t next = home.Export().next_finished();
  trials[0].clear_finished();
  ASSERT_OK(abroad.Import(home.Export()));
  ASSERT_OK(abroad.ImportTrials(trials));
  EXPECT_EQ(abroad.ExportTrials()[0].finished(), next);
}

TEST(EngineAdmin, PagesHaveEveryTrialOnce) {
  Server home, abroad;
  home.Create("");
  apogee::v1::StudyRecord record = home.Export();
  ASSERT_OK(abroad.Import(record));
  std::vector<TrialRecord> trials(2500);
  for (size_t i = 0; i < trials.size(); ++i) {
    vizier::Trial& trial = *trials[i].mutable_trial();
    trial.set_id(absl::StrCat(2 * i + 1));
    trial.set_state(vizier::Trial::SUCCEEDED);
    // Some pages end early, for their trials are large.
    if (i < 30) trial.set_infeasible_reason(std::string(1 << 20, 'x'));
    trials[i].set_finished(static_cast<int64_t>(i));
  }
  ASSERT_OK(abroad.ImportTrials(trials));
  const std::vector<TrialRecord> exported = abroad.ExportTrials();
  ASSERT_EQ(exported.size(), trials.size());
  for (size_t i = 0; i < trials.size(); ++i) {
    ASSERT_EQ(exported[i].trial().id(), trials[i].trial().id());
  }
  apogee::v1::ExportTrialsRequest request;
  request.set_parent(kStudy);
  for (const char* token : {"0", "-1", "x"}) {
    request.set_page_token(token);
    EXPECT_THAT(Call(abroad.engine(), &Engine::ExportTrials, request),
                StatusIs(StatusCode::kInvalidArgument));
  }
}

TEST(EngineAdmin, ACheckNamesTheStudyThatCanNotBeLoaded) {
  std::unique_ptr<Datastore> store = *OpenDatastore("memory:");
  FakeClock clock;
  FakePolicy policy;
  Engine engine({.engine_threads = 1}, store.get(), &clock, &policy);
  ASSERT_OK(Call(engine, &Engine::CreateStudy, MakeCreateRequest("")));
  EXPECT_THAT(Call(engine, &Engine::Check, apogee::v1::CheckRequest()),
              IsOkAndHolds(EqualsProto("")));

  Commit commit;
  commit.study = {.owner = "o", .study = "s"};
  commit.trials.push_back({.id = 1, .proto = "\xff", .state = "ACTIVE"});
  std::promise<absl::Status> applied;
  store->Apply(std::move(commit), [&](absl::Status status) {
    applied.set_value(std::move(status));
  });
  ASSERT_OK(applied.get_future().get());
  const auto checked = Call(engine, &Engine::Check, apogee::v1::CheckRequest());
  ASSERT_OK(checked);
  ASSERT_EQ(checked->problems_size(), 1);
  EXPECT_THAT(checked->problems(0), HasSubstr("owners/o/studies/s: trial 1"));
}

TEST(EngineAdmin, AStoreInMemorySaysWhatItCanNotDo) {
  Server server;
  apogee::v1::BackupRequest request;
  request.set_path("/nowhere/a.db");
  EXPECT_THAT(Call(server.engine(), &Engine::Backup, request),
              StatusIs(StatusCode::kUnimplemented, HasSubstr("export")));
  EXPECT_OK(
      Call(server.engine(), &Engine::Vacuum, apogee::v1::VacuumRequest()));
}

}  // namespace
}  // namespace apogee
