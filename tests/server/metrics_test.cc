// What /metrics says after calls by the wire and work in the engine.

#include "server/metrics.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/rpc/method.h"
#include "server/rpc/pythia_client.h"
#include "server/rpc/server.h"
#include "storage/open.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Handled(absl::string_view method, absl::string_view code) {
  return absl::StrCat("grpc_server_handled_total{grpc_code=\"", code,
                      "\",grpc_method=\"", method,
                      "\",grpc_service=\"vizier.VizierService\","
                      "grpc_type=\"unary\"} ");
}

TEST(Metrics, CountCallsByMethodAndCode) {
  Metrics metrics;
  const std::unique_ptr<Datastore> store = *OpenDatastore("memory:");
  const SystemClock clock;
  PythiaClient pythia({});
  Engine engine({}, store.get(), &clock, &pythia);
  const std::unique_ptr<RpcServer> server = *RpcServer::Start(
      {.listen = {"127.0.0.1:0"}, .registry = &metrics.registry()}, &engine,
      apogee::v1::ServerInfo());
  const auto stub = vizier::VizierService::NewStub(grpc::CreateChannel(
      server->addresses()[0], grpc::InsecureChannelCredentials()));

  vizier::CreateStudyRequest create = MakeCreateRequest();
  vizier::Study study;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub->CreateStudy(&context, create, &study).ok());
  }
  create.mutable_study()->clear_display_name();
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    ASSERT_FALSE(stub->CreateStudy(&context, create, &study).ok());
  }
  vizier::GetStudyRequest get;
  get.set_name("owners/o/studies/none");
  {
    grpc::ClientContext context;
    ASSERT_FALSE(stub->GetStudy(&context, get, &study).ok());
  }

  // A call is counted before its answer leaves, so there is no waiting.
  const std::string text = metrics.Render(engine.Stats(), store->Stats());
  EXPECT_THAT(text,
              HasSubstr(absl::StrCat(Handled("CreateStudy", "OK"), "1\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat(
                        Handled("CreateStudy", "InvalidArgument"), "2\n")));
  EXPECT_THAT(text,
              HasSubstr(absl::StrCat(Handled("GetStudy", "NotFound"), "1\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat(Handled("GetStudy", "OK"), "0\n")));
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{grpc_method="
                              "\"CreateStudy\",grpc_service=\"vizier."
                              "VizierService\",grpc_type=\"unary\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{grpc_method="
                              "\"CreateStudy\",grpc_service=\"vizier."
                              "VizierService\",grpc_type=\"unary\"} 3\n"));
  server->Stop(absl::ZeroDuration());
  engine.Shutdown();
}

TEST(Metrics, EveryMethodOfTheProtocolIsCounted) {
  Metrics metrics;
  const std::unique_ptr<Datastore> store = *OpenDatastore("memory:");
  const SystemClock clock;
  PythiaClient pythia({});
  Engine engine({}, store.get(), &clock, &pythia);
  const std::unique_ptr<RpcServer> server = *RpcServer::Start(
      {.listen = {"127.0.0.1:0"}, .registry = &metrics.registry()}, &engine,
      apogee::v1::ServerInfo());
  const std::string text = metrics.Render(engine.Stats(), store->Stats());
  for (const char* name : {"vizier.VizierService", "apogee.v1.AdminService",
                           "apogee.v1.WorkerService"}) {
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
            name);
    ASSERT_NE(service, nullptr) << name;
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_THAT(text, HasSubstr(absl::StrCat(
                            "grpc_method=\"", service->method(i)->name(),
                            "\",grpc_service=\"", name, "\"")));
    }
  }
  server->Stop(absl::ZeroDuration());
  engine.Shutdown();
}

TEST(Metrics, CodesThatGrpcDoesNotKnowCountAsUnknown) {
  prometheus::Registry registry;
  const RpcMethod method = RpcMethods(&registry, "s").Add("M");
  method.CountEnd(grpc::StatusCode::DO_NOT_USE, 0);
  method.CountEnd(grpc::StatusCode::UNAUTHENTICATED, 0);
  EXPECT_EQ(CodeName(grpc::StatusCode::DO_NOT_USE), "Unknown");
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    if (family.name != "grpc_server_handled_total") continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      double expected = 0;
      for (const auto& label : metric.label) {
        if (label.value == "Unknown") expected = 1;
        if (label.value == "Unauthenticated") expected = 1;
      }
      EXPECT_EQ(metric.counter.value, expected);
    }
  }
}

TEST(Metrics, HaveALabelForEachAlgorithmAndNoOther) {
  Metrics metrics;
  metrics.CountSuggest("RANDOM_SEARCH", absl::Milliseconds(2));
  metrics.CountSuggest("pythia", absl::Seconds(1));
  metrics.CountSuggest("whatever\"\n", absl::Seconds(1));
  const std::string text = metrics.Render({}, {});
  EXPECT_THAT(
      text,
      HasSubstr("apogee_suggest_seconds_count{algorithm=\"RANDOM_SEARCH\"} 1\n"
                "apogee_suggest_seconds_sum{algorithm=\"RANDOM_SEARCH\"} "
                "0.002\n"));
  EXPECT_THAT(
      text,
      HasSubstr("apogee_suggest_seconds_count{algorithm=\"pythia\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("whatever")));
}

TEST(Metrics, CountQuestionsToTheRemoteRegressorByResult) {
  Metrics metrics;
  metrics.CountPrediction("answered", absl::Milliseconds(20));
  metrics.CountPrediction("failed", absl::Seconds(2));
  metrics.CountPrediction("spared", absl::ZeroDuration());
  metrics.CountPrediction("spared", absl::ZeroDuration());
  const std::string text = metrics.Render({}, {});
  for (const char* line :
       {"_sum{result=\"answered\"} 0.02\n", "_count{result=\"declined\"} 0\n",
        "_sum{result=\"failed\"} 2\n", "_count{result=\"spared\"} 2\n"}) {
    EXPECT_THAT(text,
                HasSubstr(absl::StrCat("apogee_remote_predict_seconds", line)));
  }
}

TEST(Metrics, CountLostTrialsByWhatBecomesOfThem) {
  Metrics metrics;
  metrics.CountLost(2, 0);
  metrics.CountLost(1, 1);
  const std::string text = metrics.Render({}, {});
  for (const char* line :
       {"{then=\"reissued\"} 3\n", "{then=\"given_up\"} 1\n"}) {
    EXPECT_THAT(text,
                HasSubstr(absl::StrCat("apogee_trials_lost_total", line)));
  }
}

TEST(Metrics, ShowCommitsAndWhatIsInMemory) {
  Metrics metrics;
  metrics.CountBatch(
      {.commits = 3, .rows = 7, .elapsed = absl::Microseconds(500)});
  metrics.CountBatch({.commits = 1, .rows = 2, .elapsed = absl::Seconds(1)});
  const std::string text =
      metrics.Render({.studies = 2,
                      .total = {.requested = 1,
                                .active = 2,
                                .stopping = 3,
                                .succeeded = 4,
                                .infeasible = 5,
                                .open_operations = 6,
                                .workers = 7},
                      .engine_queue = 8,
                      .compute_queue = 9,
                      .reader_queue = 10},
                     {.queued_commits = 11, .log_bytes = 12});
  for (const char* line :
       {"apogee_commits_total 4\n", "apogee_commit_rows_sum 9\n",
        "apogee_commit_rows_count 2\n", "apogee_commit_seconds_sum 1.0005\n",
        "apogee_commit_seconds_bucket{le=\"0.0005\"} 1\n",
        "apogee_studies_in_memory 2\n",
        "apogee_trials{state=\"REQUESTED\"} 1\n",
        "apogee_trials{state=\"ACTIVE\"} 2\n",
        "apogee_trials{state=\"STOPPING\"} 3\n",
        "apogee_trials{state=\"SUCCEEDED\"} 4\n",
        "apogee_trials{state=\"INFEASIBLE\"} 5\n", "apogee_operations_open 6\n",
        "apogee_workers 7\n", "apogee_queue_depth{queue=\"engine\"} 8\n",
        "apogee_queue_depth{queue=\"compute\"} 9\n",
        "apogee_queue_depth{queue=\"readers\"} 10\n",
        "apogee_queue_depth{queue=\"commits\"} 11\n",
        "apogee_wal_bytes 12\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace apogee
