// Kills the server without warning, again and again, under the load of 32
// workers on 8 studies, which also repeat calls whose answers they missed.
// Whatever a worker was told must be there afterwards, and nothing twice.

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "tests/crash/calls.h"
#include "tests/testing/apogeed_process.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using vizier::Trial;

constexpr int kStudies = 8;
constexpr int kWorkers = 32;
constexpr uint64_t kSeed = 20;

std::string StudyNameOf(int study) {
  return absl::StrCat("owners/crash/studies/s", study);
}

vizier::CreateStudyRequest CreateRequest(int study) {
  auto request = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/crash"
    study {
      study_spec {
        algorithm: "RANDOM_SEARCH"
        metrics { metric_id: "y" goal: MAXIMIZE }
        parameters {
          parameter_id: "x"
          double_value_spec { max_value: 1 }
        }
      }
    }
  )pb");
  request.mutable_study()->set_display_name(absl::StrCat("s", study));
  request.mutable_study()
      ->mutable_study_spec()
      ->mutable_apogee_options()
      ->set_seed(study);
  return request;
}

// What workers were told, and so must never be untold.
struct Acknowledged {
  Mutex mutex;
  // By trial name.
  std::map<std::string, Trial> handed_out ABSL_GUARDED_BY(mutex);
  std::map<std::string, double> completed ABSL_GUARDED_BY(mutex);
  std::map<std::string, int> measured ABSL_GUARDED_BY(mutex);
  std::set<std::string> operations ABSL_GUARDED_BY(mutex);
  std::atomic<int64_t> repeated = 0;  // calls
};

class Worker {
 public:
  Worker(int number, std::unique_ptr<Stub> stub, Acknowledged* told)
      : study_(StudyNameOf(number % kStudies)),
        client_id_(absl::StrCat("worker ", number)),
        stub_(std::move(stub)),
        told_(told),
        random_(kSeed + number) {}

  // One trial from suggestion to completion, riding out dead servers.
  void RunTrial(const std::atomic<bool>& stop) {
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(study_);
    suggest.set_client_id(client_id_);
    suggest.set_suggestion_count(1);
    google::longrunning::Operation operation;
    google::longrunning::Operation other;
    if (!Insist(&Stub::SuggestTrials, suggest, operation, other, stop)) return;
    vizier::SuggestTrialsResponse response;
    ASSERT_TRUE(operation.response().UnpackTo(&response));
    ASSERT_EQ(response.trials_size(), 1) << operation.DebugString();
    const Trial trial = response.trials(0);
    ASSERT_EQ(trial.client_id(), client_id_);
    if (!other.name().empty()) {
      ASSERT_TRUE(other.response().UnpackTo(&response));
      ASSERT_EQ(response.trials_size(), 1) << other.DebugString();
      EXPECT_THAT(response.trials(0), EqualsProto(trial));
    }
    {
      MutexLock lock(told_->mutex);
      told_->handed_out[trial.name()] = trial;
      told_->operations.insert(operation.name());
    }

    // Not retried: a measurement whose answer was lost may or may not be there.
    vizier::AddTrialMeasurementRequest measure;
    measure.set_trial_name(trial.name());
    measure.mutable_measurement()->add_metrics()->set_metric_id("y");
    Trial measured;
    if (Once(*stub_, &Stub::AddTrialMeasurement, measure, measured)) {
      MutexLock lock(told_->mutex);
      ++told_->measured[trial.name()];
    }

    vizier::CompleteTrialRequest complete;
    complete.set_name(trial.name());
    const double y = trial.parameters(0).value().number_value();
    complete.mutable_final_measurement()->add_metrics()->set_metric_id("y");
    complete.mutable_final_measurement()->mutable_metrics(0)->set_value(y);
    Trial completed;
    Trial again;
    if (!Insist(&Stub::CompleteTrial, complete, completed, again, stop)) return;
    ASSERT_EQ(completed.state(), Trial::SUCCEEDED);
    if (!again.name().empty()) {
      EXPECT_THAT(again, EqualsProto(completed));
    }
    MutexLock lock(told_->mutex);
    told_->completed[trial.name()] = y;
  }

 private:
  // False when told to stop first. Now and then calls more often than needed:
  // with too little patience, or twice at once, or again after the answer; then
  // `other` holds the other answer, if there was one.
  template <typename Request, typename Response>
  bool Insist(Method<Request, Response> method, const Request& request,
              Response& response, Response& other,
              const std::atomic<bool>& stop) {
    const uint64_t whim = random_() % 16;
    if (whim < 3) ++told_->repeated;
    if (whim == 0) {
      const auto patience = std::chrono::microseconds(random_() % 3000);
      if (!Once(*stub_, method, request, other, patience)) other.Clear();
    }
    std::thread twin;
    if (whim == 1) {
      twin = std::thread([&] {
        if (!Once(*stub_, method, request, other)) other.Clear();
      });
    }
    bool answered = false;
    while (!stop && !answered) {
      answered = Once(*stub_, method, request, response);
    }
    if (twin.joinable()) twin.join();
    if (whim == 2 && answered && !Once(*stub_, method, request, other)) {
      other.Clear();
    }
    return answered;
  }

  const std::string study_;
  const std::string client_id_;
  const std::unique_ptr<Stub> stub_;
  Acknowledged* const told_;
  std::mt19937_64 random_;
};

std::vector<Trial> List(Stub& stub, int study) {
  vizier::ListTrialsRequest request;
  request.set_parent(StudyNameOf(study));
  request.set_page_size(1000);
  std::vector<Trial> trials;
  do {
    grpc::ClientContext context;
    vizier::ListTrialsResponse page;
    const grpc::Status status = stub.ListTrials(&context, request, &page);
    EXPECT_TRUE(status.ok()) << status.error_message();
    trials.insert(trials.end(), page.trials().begin(), page.trials().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return trials;
}

std::vector<Trial> Suggest(Stub& stub, int study, const std::string& client_id,
                           int count) {
  vizier::SuggestTrialsRequest request;
  request.set_parent(StudyNameOf(study));
  request.set_client_id(client_id);
  request.set_suggestion_count(count);
  google::longrunning::Operation operation;
  grpc::ClientContext context;
  const grpc::Status status = stub.SuggestTrials(&context, request, &operation);
  EXPECT_TRUE(status.ok()) << status.error_message();
  vizier::SuggestTrialsResponse response;
  EXPECT_TRUE(operation.response().UnpackTo(&response));
  return {response.trials().begin(), response.trials().end()};
}

double PointOf(const Trial& trial) {
  return trial.parameters(0).value().number_value();
}

// The points that a server gives to a study when nothing ever goes wrong.
std::vector<double> UninterruptedPoints(int study, size_t count) {
  ApogeedProcess server({"--store", "memory:", "--log-level", "error"});
  const std::unique_ptr<Stub> stub = Connect(server.address());
  grpc::ClientContext context;
  vizier::Study created;
  EXPECT_TRUE(stub->CreateStudy(&context, CreateRequest(study), &created).ok());
  std::vector<double> points;
  while (points.size() < count) {
    const auto client_id = absl::StrCat("after ", points.size());
    for (const Trial& trial : Suggest(*stub, study, client_id, 1000)) {
      points.push_back(PointOf(trial));
    }
  }
  return points;
}

// What sqlite3 prints.
std::string AskFile(const std::string& file, const std::string& sql) {
  const std::string command = absl::StrCat("sqlite3 ", file, " '", sql, "'");
  FILE* pipe = popen(command.c_str(), "r");
  std::string answer;
  for (int c = fgetc(pipe); c != EOF && c != '\n'; c = fgetc(pipe)) {
    answer.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return answer;
}

TEST(Kill, LosesNothingThatWasAcknowledged) {
  int restarts = 10;
  if (const char* wanted = std::getenv("APOGEE_CRASH_RESTARTS")) {
    ASSERT_TRUE(absl::SimpleAtoi(wanted, &restarts));
  }
  TempDir directory;
  const std::string file = absl::StrCat(directory.path(), "/apogee.db");
  ApogeedProcess server(
      {"--store", absl::StrCat("sqlite:", file), "--log-level", "error"});
  for (int study = 0; study < kStudies; ++study) {
    grpc::ClientContext context;
    vizier::Study created;
    ASSERT_TRUE(Connect(server.address())
                    ->CreateStudy(&context, CreateRequest(study), &created)
                    .ok());
  }

  Acknowledged told;
  std::atomic<bool> stop = false;
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      Worker worker(i, Connect(server.address()), &told);
      while (!stop) worker.RunTrial(stop);
    });
  }
  std::mt19937_64 random(kSeed);
  size_t completed_before = 0;
  for (int i = 0; i < restarts; ++i) {
    // The kill comes at a random moment of a server that is at work, or has
    // just begun to be.
    const size_t wanted =
        completed_before + (i % 8 == 7 ? 0 : 20 + random() % 200);
    for (size_t completed = completed_before; completed < wanted;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      MutexLock lock(told.mutex);
      completed = told.completed.size();
    }
    server.Kill();
    server.Start();
    MutexLock lock(told.mutex);
    completed_before = told.completed.size();
  }
  stop = true;
  server.Kill();
  server.Start();
  for (std::thread& worker : workers) worker.join();

  const std::unique_ptr<Stub> stub = Connect(server.address());
  MutexLock lock(told.mutex);
  std::map<std::string, Trial> kept;
  std::set<std::string> unfinished;  // by worker
  for (int study = 0; study < kStudies; ++study) {
    std::vector<Trial> trials = List(*stub, study);
    // What comes next is also what would have come next.
    const std::vector<Trial> next = Suggest(*stub, study, "next", 1);
    ASSERT_EQ(next.size(), 1);
    trials.push_back(next[0]);
    const std::vector<double> points =
        UninterruptedPoints(study, trials.size());
    for (size_t i = 0; i < trials.size(); ++i) {
      EXPECT_EQ(trials[i].id(), absl::StrCat(i + 1))
          << "an id was lost or given twice";
      EXPECT_EQ(PointOf(trials[i]), points[i]);
      if (trials[i].state() != Trial::SUCCEEDED) {
        EXPECT_EQ(trials[i].state(), Trial::ACTIVE);
        EXPECT_TRUE(
            unfinished.insert(StudyNameOf(study) + trials[i].client_id())
                .second)
            << trials[i].client_id() << " was given two trials for one call";
      }
      kept[trials[i].name()] = trials[i];
    }
  }
  for (const auto& [name, trial] : told.handed_out) {
    ASSERT_TRUE(kept.contains(name)) << name;
    EXPECT_EQ(kept[name].client_id(), trial.client_id());
    EXPECT_THAT(kept[name].parameters(0), EqualsProto(trial.parameters(0)));
  }
  for (const auto& [name, y] : told.completed) {
    EXPECT_EQ(kept[name].state(), Trial::SUCCEEDED) << name;
    EXPECT_EQ(kept[name].final_measurement().metrics(0).value(), y) << name;
  }
  for (const auto& [name, count] : told.measured) {
    EXPECT_GE(kept[name].measurements_size(), count) << name;
  }
  // The last operation of each worker is one of those it still can ask about.
  int found = 0;
  for (const std::string& name : told.operations) {
    google::longrunning::GetOperationRequest request;
    request.set_name(name);
    google::longrunning::Operation operation;
    grpc::ClientContext context;
    const grpc::Status status =
        stub->GetOperation(&context, request, &operation);
    if (status.error_code() == grpc::StatusCode::NOT_FOUND) continue;
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(operation.done()) << name;
    ++found;
  }
  EXPECT_GE(found, kWorkers);
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_EQ(AskFile(file, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(AskFile(file, "SELECT count(*) FROM operations WHERE done = 0"),
            "0");
  puts(absl::StrCat(restarts, " restarts, ", told.handed_out.size(),
                    " trials handed out, ", told.completed.size(),
                    " completed, ", told.repeated.load(),
                    " calls repeated: none lost, none doubled")
           .c_str());
}

// The answers are lost by a client without patience and a server that is
// killed; asked again, the next server gives one answer to each question.
TEST(Kill, LostAnswersAreGivenAgain) {
  constexpr int kRounds = 10;
  TempDir directory;
  ApogeedProcess server({"--store",
                         absl::StrCat("sqlite:", directory.File("apogee.db")),
                         "--log-level", "error"});
  const std::unique_ptr<Stub> stub = Connect(server.address());
  vizier::Study created;
  ASSERT_TRUE(Once(*stub, &Stub::CreateStudy, CreateRequest(0), created));
  std::mt19937_64 random(kSeed);
  // Asks without patience, kills the server, and asks the next one twice.
  const auto ask = [&](auto method, const auto& request, auto& answer) {
    auto lost = answer;
    (void)Once(*stub, method, request, lost,
               std::chrono::microseconds(random() % 3000));
    server.Kill();
    server.Start();
    // The first call finds out that the connection is dead.
    while (!Once(*stub, method, request, answer)) continue;
    auto again = answer;
    EXPECT_TRUE(Once(*stub, method, request, again));
    return again;
  };
  for (int round = 1; round <= kRounds; ++round) {
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(StudyNameOf(0));
    suggest.set_client_id("w");
    suggest.set_suggestion_count(2);
    google::longrunning::Operation operation;
    vizier::SuggestTrialsResponse response;
    ASSERT_TRUE(ask(&Stub::SuggestTrials, suggest, operation)
                    .response()
                    .UnpackTo(&response));
    ASSERT_EQ(response.trials_size(), 2);
    for (const Trial& trial : response.trials()) {
      vizier::CompleteTrialRequest complete;
      complete.set_name(trial.name());
      complete.mutable_final_measurement()->add_metrics()->set_metric_id("y");
      Trial completed;
      const Trial again = ask(&Stub::CompleteTrial, complete, completed);
      EXPECT_THAT(again, EqualsProto(completed));
      EXPECT_EQ(completed.state(), Trial::SUCCEEDED);
    }
    EXPECT_EQ(List(*stub, 0).size(), 2 * round) << "a lost answer was for good";
  }
}

}  // namespace
}  // namespace apogee
