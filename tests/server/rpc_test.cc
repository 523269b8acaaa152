// The server's gRPC front and its Pythia client over real sockets, in one
// process.

#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "proto/validate.h"
#include "server/rpc/pythia_client.h"
#include "server/rpc/server.h"
#include "server/rpc/status.h"
#include "storage/open.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"
#include "vizier/pythia_service.grpc.pb.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

// A policy that answers with as many empty suggestions as asked for, unless
// told otherwise.
class TestPolicy final : public vizier::PythiaService::Service {
 public:
  TestPolicy() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    endpoint_ = absl::StrCat("127.0.0.1:", port);
  }
  ~TestPolicy() override { Stop(); }

  const std::string& endpoint() const { return endpoint_; }
  // Returns when a question has put the policy to sleep.
  void WaitUntilAsleep() { asleep_.get_future().wait(); }
  void Stop() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  grpc::Status Suggest(grpc::ServerContext* context,
                       const vizier::SuggestRequest* request,
                       vizier::SuggestDecision* response) override {
    if (request->algorithm() == "FAIL") {
      return {grpc::StatusCode::UNKNOWN, "no idea"};
    }
    if (request->algorithm() == "SLEEP") {
      asleep_.set_value();
      while (!context->IsCancelled()) std::this_thread::yield();
      return grpc::Status::CANCELLED;
    }
    for (int i = 0; i < request->count(); ++i) response->add_suggestions();
    return grpc::Status::OK;
  }
  grpc::Status EarlyStop(grpc::ServerContext*, const vizier::EarlyStopRequest*,
                         vizier::EarlyStopDecisions* response) override {
    response->add_decisions()->set_should_stop(true);
    return grpc::Status::OK;
  }
  grpc::Status Ping(grpc::ServerContext*, const google::protobuf::Empty*,
                    google::protobuf::Empty*) override {
    return grpc::Status::OK;
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string endpoint_;
  std::promise<void> asleep_;
};

absl::StatusOr<vizier::SuggestDecision> Ask(PythiaClient& client,
                                            const std::string& endpoint,
                                            const std::string& algorithm,
                                            int count) {
  vizier::SuggestRequest request;
  request.set_algorithm(algorithm);
  request.set_count(count);
  std::promise<absl::StatusOr<vizier::SuggestDecision>> promise;
  client.Suggest(endpoint, request,
                 [&promise](absl::StatusOr<vizier::SuggestDecision> decision) {
                   promise.set_value(std::move(decision));
                 });
  return promise.get_future().get();
}

TEST(PythiaClient, BringsBackDecisions) {
  TestPolicy policy;
  PythiaClient client({});
  EXPECT_EQ(Ask(client, policy.endpoint(), "", 3)->suggestions_size(), 3);
  std::promise<absl::StatusOr<vizier::EarlyStopDecisions>> promise;
  client.EarlyStop(
      policy.endpoint(), vizier::EarlyStopRequest(),
      [&promise](absl::StatusOr<vizier::EarlyStopDecisions> decisions) {
        promise.set_value(std::move(decisions));
      });
  EXPECT_TRUE(promise.get_future().get()->decisions(0).should_stop());
}

TEST(PythiaClient, TellsDeadPoliciesFromFailingAndSlowOnes) {
  TestPolicy policy;
  PythiaClient client({.call_timeout = absl::Milliseconds(200)});
  EXPECT_THAT(Ask(client, policy.endpoint(), "FAIL", 1),
              StatusIs(StatusCode::kUnknown, HasSubstr("no idea")));
  EXPECT_THAT(Ask(client, policy.endpoint(), "SLEEP", 1),
              StatusIs(StatusCode::kDeadlineExceeded));
  policy.Stop();
  EXPECT_THAT(Ask(client, policy.endpoint(), "", 1),
              StatusIs(StatusCode::kUnavailable, HasSubstr(policy.endpoint())));
}

TEST(PythiaClient, CancelsWhatIsUnderWayWhenItGoes) {
  TestPolicy policy;
  auto client = std::make_unique<PythiaClient>(PythiaClient::Options{});
  std::promise<absl::Status> promise;
  vizier::SuggestRequest request;
  request.set_algorithm("SLEEP");
  client->Suggest(policy.endpoint(), request,
                  [&promise](absl::StatusOr<vizier::SuggestDecision> decision) {
                    promise.set_value(decision.status());
                  });
  client.reset();
  EXPECT_FALSE(promise.get_future().get().ok());
}

TEST(ToGrpc, CarriesPayloadsAsDetails) {
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("a.b");
  absl::Status status = absl::InvalidArgumentError("wrong");
  status.SetPayload("type.googleapis.com/google.rpc.BadRequest",
                    absl::Cord(bad.SerializeAsString()));
  const grpc::Status converted = ToGrpc(status);
  EXPECT_EQ(converted.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(converted.error_details()));
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), "wrong");
  google::rpc::BadRequest unpacked;
  ASSERT_TRUE(details.details(0).UnpackTo(&unpacked));
  EXPECT_EQ(unpacked.field_violations(0).field(), "a.b");
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
}

TEST(ToGrpc, CutsWhatDoesNotFitIntoHeaders) {
  std::string text = "x";
  for (int i = 0; i < 1000; ++i) text += "é";
  const absl::Status error = FieldError("field", text);
  const grpc::Status sent = ToGrpc(error);
  // "x", and as many whole characters of two bytes as fit.
  EXPECT_EQ(sent.error_message(), text.substr(0, 799) + "…");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(sent.error_details()));
  EXPECT_EQ(details.message(), sent.error_message());
  EXPECT_EQ(ToGrpc(FieldError("field", text + text)).error_details(), "");
}

TEST(FromGrpc, EscapesWhatIsNotUtf8) {
  EXPECT_THAT(FromGrpc({grpc::StatusCode::UNKNOWN, "bad \xff"}),
              StatusIs(StatusCode::kUnknown, "bad \\xff"));
  EXPECT_THAT(FromGrpc({grpc::StatusCode::UNKNOWN, "naïve"}),
              StatusIs(StatusCode::kUnknown, "naïve"));
}

class RpcServerTest : public testing::Test {
 protected:
  RpcServerTest() {
    absl::StatusOr<std::unique_ptr<RpcServer>> server = RpcServer::Start(
        {.listen = {"127.0.0.1:0"}}, &engine_, apogee::v1::ServerInfo());
    EXPECT_OK(server);
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->addresses()[0],
                                   grpc::InsecureChannelCredentials());
    stub_ = vizier::VizierService::NewStub(channel_);
  }
  ~RpcServerTest() override {
    server_->Stop(absl::ZeroDuration());
    engine_.Shutdown();
  }

  std::unique_ptr<Datastore> store_ = *OpenDatastore("memory:");
  SystemClock clock_;
  PythiaClient pythia_{{}};
  Engine engine_{{}, store_.get(), &clock_, &pythia_};
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<vizier::VizierService::Stub> stub_;
};

TEST_F(RpcServerTest, HasEveryMethodOfItsServices) {
  grpc::GenericStub stub(channel_);
  for (const google::protobuf::FileDescriptor* file :
       {vizier::CreateStudyRequest::descriptor()->file(),
        apogee::v1::ServerInfo::descriptor()->file()}) {
    const google::protobuf::ServiceDescriptor* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method = absl::StrCat("/", service->full_name(), "/",
                                              service->method(i)->name());
      grpc::ClientContext context;
      const grpc::Slice nothing;
      grpc::ByteBuffer request(&nothing, 1);
      grpc::ByteBuffer response;
      std::promise<grpc::Status> answer;
      stub.UnaryCall(&context, method, {}, &request, &response,
                     [&answer](grpc::Status status) {
                       answer.set_value(std::move(status));
                     });
      const grpc::Status status = answer.get_future().get();
      EXPECT_NE(status.error_message(),
                absl::StrCat("this server has no method \"", method, "\""));
    }
  }
}

TEST_F(RpcServerTest, RefusesAPortThatIsTaken) {
  EXPECT_THAT(RpcServer::Start({.listen = server_->addresses()}, &engine_,
                               apogee::v1::ServerInfo())
                  .status(),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr(server_->addresses()[0])));
}

TEST_F(RpcServerTest, RefusesBadRequestsWithTheFieldAtFault) {
  vizier::CreateStudyRequest request = MakeCreateRequest();
  request.mutable_study()->clear_display_name();
  grpc::ClientContext context;
  vizier::Study study;
  const grpc::Status status = stub_->CreateStudy(&context, request, &study);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_TRUE(details.details(0).UnpackTo(&bad));
  EXPECT_EQ(bad.field_violations(0).field(), "study.display_name");
}

TEST_F(RpcServerTest, LetsAWaitingCallGoWhenItStops) {
  TestPolicy policy;
  grpc::ClientContext create_context;
  vizier::Study study;
  ASSERT_TRUE(
      stub_
          ->CreateStudy(&create_context,
                        MakeCreateRequest(absl::StrCat(
                            "algorithm: 'SLEEP' metadata { ns: ':service' key: "
                            "'PYTHIA_ENDPOINT' value: '",
                            policy.endpoint(), "' }")),
                        &study)
          .ok());
  vizier::SuggestTrialsRequest request;
  request.set_parent(study.name());
  request.set_client_id("w");
  request.set_suggestion_count(1);
  auto waiting = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    google::longrunning::Operation operation;
    return stub_->SuggestTrials(&context, request, &operation);
  });
  policy.WaitUntilAsleep();
  engine_.Drain();
  server_->Stop(absl::Seconds(10));
  const grpc::StatusCode code = waiting.get().error_code();
  EXPECT_EQ(code, grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace apogee
