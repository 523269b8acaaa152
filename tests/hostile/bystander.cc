#include "tests/hostile/bystander.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/testing/matchers.h"

namespace apogee {

using Stub = vizier::VizierService::Stub;

std::unique_ptr<Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetMaxReceiveMessageSize(-1);
  // Each client has a connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return vizier::VizierService::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
}

vizier::CreateStudyRequest PlainStudy(absl::string_view study) {
  auto request = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/o"
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
  request.mutable_study()->set_display_name(std::string(study));
  return request;
}

namespace {

// Repeats a call while the connection is lost, as clients do: gRPC closes those
// without a call first when memory is short.
template <typename Call>
grpc::Status UntilAnswered(const Call& call) {
  grpc::Status status;
  for (int attempt = 0; attempt < 5; ++attempt) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    status = call(&context);
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) break;
  }
  return status;
}

}  // namespace

Bystander::Bystander(const ApogeedProcess& server) {
  std::unique_ptr<Stub> stub = Connect(server.address());
  grpc::ClientContext context;
  vizier::Study study;
  EXPECT_TRUE(
      stub->CreateStudy(&context, PlainStudy("bystander"), &study).ok());
  thread_ = std::thread(
      [this, taken = std::move(stub)]() mutable { Work(std::move(taken)); });
}

Bystander::~Bystander() {
  stop_ = true;
  thread_.join();
}

void Bystander::Work(std::unique_ptr<Stub> stub) {
  vizier::SuggestTrialsRequest suggest;
  suggest.set_parent("owners/o/studies/bystander");
  suggest.set_client_id("bystander");
  suggest.set_suggestion_count(1);
  vizier::CompleteTrialRequest complete;
  complete.mutable_final_measurement()->add_metrics()->set_metric_id("y");
  while (!stop_) {
    const absl::Time start = absl::Now();
    google::longrunning::Operation operation;
    vizier::SuggestTrialsResponse response;
    vizier::Trial trial;
    const grpc::Status suggested =
        UntilAnswered([&](grpc::ClientContext* context) {
          return stub->SuggestTrials(context, suggest, &operation);
        });
    EXPECT_TRUE(suggested.ok()) << suggested.error_message();
    if (!operation.response().UnpackTo(&response)) break;
    EXPECT_EQ(response.trials_size(), 1);
    if (response.trials().empty()) break;
    complete.set_name(response.trials(0).name());
    const grpc::Status completed =
        UntilAnswered([&](grpc::ClientContext* context) {
          return stub->CompleteTrial(context, complete, &trial);
        });
    EXPECT_TRUE(completed.ok()) << completed.error_message();
    MutexLock lock(mutex_);
    rounds_.push_back(absl::Now() - start);
    changed_.NotifyAll();
  }
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.NotifyAll();
}

Bystander::Report Bystander::Observe(int rounds) {
  std::vector<absl::Duration> times;
  {
    MutexLock lock(mutex_);
    while (static_cast<int>(rounds_.size()) < rounds && !ended_) {
      changed_.Wait(mutex_);
    }
    times.swap(rounds_);
  }
  EXPECT_FALSE(times.empty()) << "the bystander was refused";
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  return {.rounds = static_cast<int>(times.size()),
          .median = times[times.size() / 2],
          .p99 = times[times.size() * 99 / 100],
          .longest = times.back()};
}

int64_t ResidentMiB(const ApogeedProcess& server) {
  std::ifstream status(absl::StrCat("/proc/", server.pid(), "/status"));
  int64_t kib = 0;
  for (std::string line; std::getline(status, line);) {
    absl::string_view rest = line;
    if (!absl::ConsumePrefix(&rest, "VmRSS:")) continue;
    EXPECT_TRUE(absl::ConsumeSuffix(&rest, " kB"));
    EXPECT_TRUE(absl::SimpleAtoi(rest, &kib));
  }
  EXPECT_GT(kib, 0);
  return kib / 1024;
}

}  // namespace apogee
