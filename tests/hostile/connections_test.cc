// Clients that misuse connections while a well-behaved one works beside them.
// It is served all the time; how fast is printed.

#include <sys/resource.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_context.h"
#include "tests/hostile/bystander.h"
#include "tests/hostile/raw_http2.h"
#include "tests/testing/matchers.h"
#include "vizier/pythia_service.grpc.pb.h"

namespace apogee {
namespace {

using grpc::StatusCode;
using testing::HasSubstr;

class Connections : public testing::Test {
 protected:
  Connections()
      : server_({"--store", "memory:", "--log-level", "error"}),
        bystander_(server_) {}

  // Runs `attack`; prints how the bystander was served before it and during it.
  // Takes back what it returns when all is measured.
  template <typename Attack>
  void During(const std::string& what, int most_mib, Attack attack) {
    const Bystander::Report quiet = bystander_.Observe(200);
    [[maybe_unused]] const auto held = attack();
    const Bystander::Report busy = bystander_.Observe(200);
    const int64_t resident = ResidentMiB(server_);
    printf(
        "%s: p99 %s before, %s during (longest %s); the server takes %d MiB\n",
        what.c_str(), absl::FormatDuration(quiet.p99).c_str(),
        absl::FormatDuration(busy.p99).c_str(),
        absl::FormatDuration(busy.longest).c_str(), static_cast<int>(resident));
    EXPECT_LT(busy.longest, kSlowness * absl::Seconds(5)) << what;
    EXPECT_LT(resident, kSlowness * most_mib) << what;
    ExpectNewClientsAreServed();
  }

  void ExpectNewClientsAreServed() {
    vizier::GetStudyRequest request;
    request.set_name("owners/o/studies/bystander");
    vizier::Study study;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(5));
    const grpc::Status status =
        Connect(server_.address())->GetStudy(&context, request, &study);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  ApogeedProcess server_;
  Bystander bystander_;
};

TEST_F(Connections, ThousandThatSayNothing) {
  std::vector<RawHttp2> silent;
  During("1,000 silent connections", 500, [&] {
    for (int i = 0; i < 1000; ++i) silent.emplace_back(server_.address());
    return 0;
  });
  // They are not waited for for ever.
  EXPECT_TRUE(silent.front().AwaitHangUp(absl::Seconds(40)));
  EXPECT_TRUE(silent.back().AwaitHangUp(absl::Seconds(10)));
}

// With the few files that many systems give a program, the next connection
// would be the last that gRPC ever takes.
TEST(FileLimit, IsRaisedAtStart) {
  rlimit usual;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &usual), 0);
  rlimit low = usual;
  low.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  ApogeedProcess server({"--store", "memory:", "--log-level", "error"});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &usual), 0);
  std::vector<RawHttp2> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back(server.address());
  Bystander bystander(server);
  bystander.Observe(10);
}

TEST_F(Connections, Garbage) {
  During("garbage and connections cut half-way", 500, [&] {
    const std::string headers = RawHttp2::Headers(1, "SuggestTrials");
    for (int i = 0; i < 300; ++i) {
      RawHttp2 client(server_.address());
      switch (i % 6) {
        case 0:
          client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
          break;
        case 1:
          client.Send(std::string(10'000, static_cast<char>(i)));
          break;
        case 2:  // half a preface
          client.Send("PRI * HTTP/2.0\r\n");
          break;
        case 3:  // half a frame
          client.ShakeHands();
          client.Send(headers.substr(0, headers.size() / 2));
          break;
        case 4:  // a frame longer than may be
          client.ShakeHands();
          client.Send(RawHttp2::Frame(0, 0, 1, std::string(1 << 20, 'x')));
          break;
        default:  // half a message
          client.ShakeHands();
          client.Send(headers);
          client.SendPartOfMessage(1, 1000, 500);
          break;
      }
      if (i % 2 == 0) client.Reset();
    }
    return 0;
  });
}

TEST_F(Connections, CallsThatAreOpenedAndNeverMade) {
  constexpr int kClients = 20;
  constexpr uint32_t kCalls = 2000;
  During("40,000 calls opened and left alone", 800, [&] {
    std::vector<RawHttp2> clients;
    for (int i = 0; i < kClients; ++i) {
      RawHttp2& client = clients.emplace_back(server_.address());
      EXPECT_TRUE(client.ShakeHands());
      std::string calls;
      for (uint32_t k = 0; k < kCalls; ++k) {
        calls += RawHttp2::Headers(2 * k + 1, "SuggestTrials");
      }
      client.Send(calls);
    }
    return clients;
  });
}

TEST_F(Connections, LargeRequestsCutHalfWay) {
  constexpr int kClients = 30;
  constexpr size_t kBytes = size_t{60} << 20;
  During("30 requests of 60 MiB cut half-way", 1100, [&] {
    std::vector<RawHttp2> clients;
    for (int i = 0; i < kClients; ++i) {
      RawHttp2& client = clients.emplace_back(server_.address());
      EXPECT_TRUE(client.ShakeHands());
      EXPECT_TRUE(client.Send(RawHttp2::Headers(1, "CreateStudy")));
    }
    std::vector<std::thread> threads;
    for (RawHttp2& client : clients) {
      threads.emplace_back(
          [&client] { client.SendPartOfMessage(1, kBytes, kBytes - 1); });
    }
    for (std::thread& thread : threads) thread.join();
    return clients;
  });
}

// A policy that thinks until it is told to answer.
class SlowPolicy final : public vizier::PythiaService::Service {
 public:
  grpc::Status Ping(grpc::ServerContext*, const google::protobuf::Empty*,
                    google::protobuf::Empty*) override {
    return grpc::Status::OK;
  }
  grpc::Status Suggest(grpc::ServerContext*, const vizier::SuggestRequest*,
                       vizier::SuggestDecision* decision) override {
    asked.set_value();
    may_answer.get_future().wait();
    decision->add_suggestions();
    return grpc::Status::OK;
  }

  std::promise<void> asked;
  std::promise<void> may_answer;
};

TEST_F(Connections, StudyDeletedWhileItsPolicyThinks) {
  SlowPolicy policy;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&policy);
  const std::unique_ptr<grpc::Server> policy_server = builder.BuildAndStart();

  vizier::CreateStudyRequest create = PlainStudy("doomed");
  vizier::KeyValue& endpoint =
      *create.mutable_study()->mutable_study_spec()->add_metadata();
  endpoint.set_ns(":service");
  endpoint.set_key("PYTHIA_ENDPOINT");
  endpoint.set_value(absl::StrCat("127.0.0.1:", port));
  const auto stub = Connect(server_.address());
  vizier::Study study;
  grpc::ClientContext create_context;
  ASSERT_TRUE(stub->CreateStudy(&create_context, create, &study).ok());

  std::future<grpc::Status> suggestion = std::async(std::launch::async, [&] {
    vizier::SuggestTrialsRequest request;
    request.set_parent(study.name());
    request.set_client_id("w");
    request.set_suggestion_count(1);
    google::longrunning::Operation operation;
    grpc::ClientContext context;
    return stub->SuggestTrials(&context, request, &operation);
  });
  During("a study deleted while its policy thinks", 500, [&] {
    policy.asked.get_future().wait();
    vizier::DeleteStudyRequest request;
    request.set_name(study.name());
    google::protobuf::Empty empty;
    grpc::ClientContext context;
    EXPECT_TRUE(stub->DeleteStudy(&context, request, &empty).ok());
    const grpc::Status status = suggestion.get();
    EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
    EXPECT_THAT(status.error_message(), HasSubstr("the study was deleted"));
    return 0;
  });
  // A study of the same name is another one: the answer is not for it.
  grpc::ClientContext again_context;
  ASSERT_TRUE(
      stub->CreateStudy(&again_context, PlainStudy("doomed"), &study).ok());
  policy.may_answer.set_value();
  policy_server->Shutdown();
  vizier::ListTrialsRequest list;
  list.set_parent(study.name());
  vizier::ListTrialsResponse trials;
  grpc::ClientContext list_context;
  ASSERT_TRUE(stub->ListTrials(&list_context, list, &trials).ok());
  EXPECT_EQ(trials.trials_size(), 0);
}

}  // namespace
}  // namespace apogee
