// A disk that breaks under a server at work.

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "tests/testing/apogeed_process.h"
#include "tests/testing/matchers.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using vizier::Trial;
using Stub = vizier::VizierService::Stub;

constexpr int kWorkers = 8;
constexpr int kStudies = 4;

std::string StudyNameOf(int study) {
  return absl::StrCat("owners/disk/studies/s", study);
}

template <typename Request, typename Response>
grpc::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*,
                                               const Request&, Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  return (stub.*method)(&context, request, &response);
}

void CreateStudies(Stub& stub) {
  auto request = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/disk"
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
  for (int study = 0; study < kStudies; ++study) {
    request.mutable_study()->set_display_name(absl::StrCat("s", study));
    vizier::Study created;
    ASSERT_TRUE(Call(stub, &Stub::CreateStudy, request, created).ok());
  }
}

grpc::Status Suggest(Stub& stub, int worker, Trial& trial) {
  vizier::SuggestTrialsRequest request;
  request.set_parent(StudyNameOf(worker % kStudies));
  request.set_client_id(absl::StrCat("worker ", worker));
  request.set_suggestion_count(1);
  google::longrunning::Operation operation;
  const grpc::Status status =
      Call(stub, &Stub::SuggestTrials, request, operation);
  vizier::SuggestTrialsResponse response;
  if (status.ok() && operation.response().UnpackTo(&response)) {
    trial = response.trials(0);
  }
  return status;
}

grpc::Status Complete(Stub& stub, const std::string& name, Trial& trial) {
  vizier::CompleteTrialRequest request;
  request.set_name(name);
  request.mutable_final_measurement()->add_metrics()->set_metric_id("y");
  return Call(stub, &Stub::CompleteTrial, request, trial);
}

// What workers were told last, by trial name.
struct Told {
  Mutex mutex;
  std::map<std::string, Trial> trials ABSL_GUARDED_BY(mutex);

  size_t size() {
    MutexLock lock(mutex);
    return trials.size();
  }
  void Add(const Trial& trial) {
    MutexLock lock(mutex);
    trials[trial.name()] = trial;
  }
};

// Works until a call fails; returns how.
grpc::Status Work(Stub& stub, int worker, Told& told) {
  while (true) {
    Trial trial;
    grpc::Status status = Suggest(stub, worker, trial);
    if (!status.ok()) return status;
    told.Add(trial);
    status = Complete(stub, trial.name(), trial);
    if (!status.ok()) return status;
    told.Add(trial);
  }
}

// A connection of its own, which knows nothing of servers before.
std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

// What grpc.health.v1.Health/Check answers for the whole server: 1 is SERVING,
// 2 is NOT_SERVING. (Debian ships no stubs of it; the answer is one number in
// field 1.)
int HealthStatus(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice whole_server;
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check",
                            grpc::ByteBuffer(&whole_server, 1), &queue);
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (!status.ok() || !answer.Dump(&slices).ok()) return 0;
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes.size() == 2 && bytes[0] == 8 ? bytes[1] : 0;
}

std::vector<std::string> CriticalLines(const std::string& log) {
  std::vector<std::string> lines;
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    if (absl::StrContains(line, "critical")) lines.push_back(line);
  }
  return lines;
}

TEST(BrokenDisk, StopsTheServiceWithOneClearLineAndLosesNothing) {
  TempDir disk;
  setenv("APOGEE_TEST_DISK", disk.path().c_str(), 1);
  const std::string log = disk.File("log");
  const std::string store = absl::StrCat("sqlite:", disk.File("apogee.db"));
  ApogeedProcess server({"--store", store},
                        {.program = APOGEED_FAULTY_PATH, .log_file = log});
  const auto channel =
      grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  std::unique_ptr<Stub> stub = vizier::VizierService::NewStub(channel);
  CreateStudies(*stub);
  ASSERT_EQ(HealthStatus(channel), 1);

  Told told;
  std::vector<grpc::Status> ends(kWorkers);
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] { ends[i] = Work(*stub, i, told); });
  }
  while (told.size() < 300) std::this_thread::yield();
  std::ofstream(disk.File("broken")).close();
  for (std::thread& worker : workers) worker.join();

  for (const grpc::Status& end : ends) {
    EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE)
        << end.error_message();
  }
  const auto give_up =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (HealthStatus(channel) != 2) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  Trial trial;
  EXPECT_EQ(Suggest(*stub, 0, trial).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(
      CriticalLines(log),
      ElementsAre(AllOf(HasSubstr("the store takes no more writes"),
                        HasSubstr("disk I/O error"), HasSubstr("apogee.db"),
                        HasSubstr("start it again"))));

  server.Kill();
  std::filesystem::remove(disk.File("broken"));
  server.Start();
  stub = vizier::VizierService::NewStub(Connect(server.address()));
  MutexLock lock(told.mutex);
  for (const auto& [name, expected] : told.trials) {
    vizier::GetTrialRequest get;
    get.set_name(name);
    const grpc::Status status = Call(*stub, &Stub::GetTrial, get, trial);
    ASSERT_TRUE(status.ok()) << name << ": " << status.error_message();
    EXPECT_THAT(trial.parameters(0), EqualsProto(expected.parameters(0)));
    EXPECT_EQ(trial.client_id(), expected.client_id());
    if (expected.state() == Trial::SUCCEEDED) {
      EXPECT_THAT(trial, EqualsProto(expected));
    }
  }
  for (int worker = 0; worker < kWorkers; ++worker) {
    ASSERT_TRUE(Suggest(*stub, worker, trial).ok());
    EXPECT_TRUE(Complete(*stub, trial.name(), trial).ok());
  }
  stub.reset();
  EXPECT_EQ(server.Stop(), 0);
}

}  // namespace
}  // namespace apogee
