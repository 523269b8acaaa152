// Kills the server without warning, again and again, under the load of 32
// workers on 8 studies. Whatever a worker was told must be there afterwards.

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
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/testing/apogeed_process.h"
#include "tests/testing/matchers.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {
namespace {

using vizier::Trial;
using Stub = vizier::VizierService::Stub;

constexpr int kStudies = 8;
constexpr int kWorkers = 32;
constexpr uint64_t kSeed = 20;

std::string StudyNameOf(int study) {
  return absl::StrCat("owners/crash/studies/s", study);
}

std::unique_ptr<Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  return vizier::VizierService::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
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
};

class Worker {
 public:
  Worker(int number, std::unique_ptr<Stub> stub, Acknowledged* told)
      : study_(StudyNameOf(number % kStudies)),
        client_id_(absl::StrCat("worker ", number)),
        stub_(std::move(stub)),
        told_(told) {}

  // One trial from suggestion to completion, riding out dead servers.
  void RunTrial(const std::atomic<bool>& stop) {
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(study_);
    suggest.set_client_id(client_id_);
    suggest.set_suggestion_count(1);
    google::longrunning::Operation operation;
    if (!Retry(&Stub::SuggestTrials, suggest, operation, stop)) return;
    vizier::SuggestTrialsResponse response;
    ASSERT_TRUE(operation.response().UnpackTo(&response));
    ASSERT_EQ(response.trials_size(), 1) << operation.DebugString();
    const Trial& trial = response.trials(0);
    ASSERT_EQ(trial.client_id(), client_id_);
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
    if (Once(&Stub::AddTrialMeasurement, measure, measured)) {
      MutexLock lock(told_->mutex);
      ++told_->measured[trial.name()];
    }

    vizier::CompleteTrialRequest complete;
    complete.set_name(trial.name());
    const double y = trial.parameters(0).value().number_value();
    complete.mutable_final_measurement()->add_metrics()->set_metric_id("y");
    complete.mutable_final_measurement()->mutable_metrics(0)->set_value(y);
    Trial completed;
    if (!Retry(&Stub::CompleteTrial, complete, completed, stop)) return;
    ASSERT_EQ(completed.state(), Trial::SUCCEEDED);
    MutexLock lock(told_->mutex);
    told_->completed[trial.name()] = y;
  }

 private:
  template <typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&,
                                        Response*);

  template <typename Request, typename Response>
  bool Once(Method<Request, Response> method, const Request& request,
            Response& response) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    return ((*stub_).*method)(&context, request, &response).ok();
  }

  // False when told to stop first.
  template <typename Request, typename Response>
  bool Retry(Method<Request, Response> method, const Request& request,
             Response& response, const std::atomic<bool>& stop) {
    while (!stop) {
      if (Once(method, request, response)) return true;
    }
    return false;
  }

  const std::string study_;
  const std::string client_id_;
  const std::unique_ptr<Stub> stub_;
  Acknowledged* const told_;
};

vizier::ListTrialsResponse List(Stub& stub, int study) {
  vizier::ListTrialsRequest request;
  request.set_parent(StudyNameOf(study));
  grpc::ClientContext context;
  vizier::ListTrialsResponse response;
  EXPECT_TRUE(stub.ListTrials(&context, request, &response).ok());
  return response;
}

// The points that a server gives to a study when nothing ever goes wrong.
std::vector<double> UninterruptedPoints(int study, int count) {
  ApogeedProcess server({"--store", "memory:", "--log-level", "error"});
  const std::unique_ptr<Stub> stub = Connect(server.address());
  vizier::Study created;
  {
    grpc::ClientContext context;
    EXPECT_TRUE(
        stub->CreateStudy(&context, CreateRequest(study), &created).ok());
  }
  vizier::SuggestTrialsRequest suggest;
  suggest.set_parent(StudyNameOf(study));
  suggest.set_client_id("w");
  suggest.set_suggestion_count(count);
  google::longrunning::Operation operation;
  grpc::ClientContext context;
  EXPECT_TRUE(stub->SuggestTrials(&context, suggest, &operation).ok());
  vizier::SuggestTrialsResponse response;
  EXPECT_TRUE(operation.response().UnpackTo(&response));
  std::vector<double> points;
  for (const Trial& trial : response.trials()) {
    points.push_back(trial.parameters(0).value().number_value());
  }
  return points;
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
    // The kill comes at a random moment of a server that is at work.
    const size_t wanted = completed_before + 50 + random() % 500;
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
  server.Kill();
  stop = true;
  for (std::thread& worker : workers) worker.join();
  server.Start();

  const std::unique_ptr<Stub> stub = Connect(server.address());
  MutexLock lock(told.mutex);
  std::map<std::string, Trial> kept;
  for (int study = 0; study < kStudies; ++study) {
    const vizier::ListTrialsResponse list = List(*stub, study);
    const std::vector<double> points =
        UninterruptedPoints(study, list.trials_size());
    int64_t last_id = 0;
    for (int i = 0; i < list.trials_size(); ++i) {
      const Trial& trial = list.trials(i);
      int64_t id = 0;
      ASSERT_TRUE(absl::SimpleAtoi(trial.id(), &id));
      EXPECT_EQ(id, last_id + 1) << "an id was lost or given twice";
      last_id = id;
      EXPECT_EQ(trial.parameters(0).value().number_value(), points[i]);
      kept[trial.name()] = trial;
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
  const std::string check =
      absl::StrCat("sqlite3 ", file, " 'PRAGMA integrity_check' | grep -qx ok");
  EXPECT_EQ(std::system(check.c_str()), 0);
  printf("%d restarts, %zu trials handed out, %zu completed, none lost\n",
         restarts, told.handed_out.size(), told.completed.size());
}

}  // namespace
}  // namespace apogee
