// bench_ceiling: how fast a gRPC server of apogeed's shape can be that does
// nothing. GetTrial answers a constant trial. So does CompleteTrial, and with
// --file FILE only once it has put a row of 500 bytes on the disk.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/bench/example.h"
#include "tests/bench/group_commit.h"
#include "vizier/vizier_service.grpc.pb.h"

namespace apogee {
namespace {

using Reactor = grpc::ServerUnaryReactor;

class CeilingService final : public vizier::VizierService::CallbackService {
 public:
  explicit CeilingService(GroupCommit* durable) : durable_(durable) {
    std::mt19937_64 random(1);
    trial_ = ExampleTrial(ExampleStudyName("calls0"), 12345, /*metrics=*/1,
                          /*progress=*/0, random);
  }

  Reactor* GetTrial(grpc::CallbackServerContext* context,
                    const vizier::GetTrialRequest* request,
                    vizier::Trial* response) override {
    *response = trial_;
    Reactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  Reactor* CompleteTrial(grpc::CallbackServerContext* context,
                         const vizier::CompleteTrialRequest* request,
                         vizier::Trial* response) override {
    *response = trial_;
    Reactor* reactor = context->DefaultReactor();
    if (durable_ == nullptr) {
      reactor->Finish(grpc::Status::OK);
    } else {
      durable_->Append([reactor] { reactor->Finish(grpc::Status::OK); });
    }
    return reactor;
  }

 private:
  GroupCommit* const durable_;
  vizier::Trial trial_;
};

void Serve(const std::string& listen, const std::string& port_file,
           GroupCommit* durable, const sigset_t& stop_signals) {
  CeilingService service(durable);
  // As apogeed has it.
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  APOGEE_CHECK(server != nullptr && port != 0);
  const std::string partial = port_file + ".partial";
  std::ofstream(partial) << listen.substr(0, listen.rfind(':') + 1) << port
                         << "\n";
  APOGEE_CHECK(std::rename(partial.c_str(), port_file.c_str()) == 0);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  server->Shutdown();
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) {
  CLI::App app("A gRPC server that does nothing, as a bound for apogeed.\n",
               "bench_ceiling");
  std::string listen = "127.0.0.1:0";
  std::string port_file;
  std::string file;
  app.add_option("--listen", listen, "Address to listen on");
  app.add_option("--port-file", port_file, "Write the address to this file")
      ->required();
  app.add_option("--file", file,
                 "CompleteTrial puts a row into this SQLite file");
  CLI11_PARSE(app, argc, argv);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::unique_ptr<apogee::GroupCommit> durable;
  if (!file.empty()) durable = std::make_unique<apogee::GroupCommit>(file);
  apogee::Serve(listen, port_file, durable.get(), signals);
  return 0;
}
