#include "server/rpc/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/service.h"
#include "server/rpc/unknown_methods.h"

namespace apogee {
namespace {

// Requests that are being received may take this many times the largest request
// in memory, all together; beyond it connections are refused and cut.
constexpr size_t kRequestsReceived = 8;
// More calls of one connection wait at the client for earlier ones to end.
constexpr int kCallsPerConnection = 1000;
// Who has not begun to speak HTTP/2 by then is cut off.
constexpr int kHandshakeMs = 20'000;
// A connection that was silent so long is pinged, and cut off when there is no
// answer: its other end may be gone without a word.
constexpr int kSilenceMs = 300'000;
constexpr int kPingTimeoutMs = 20'000;

// What keeps one client from taking the server from the others.
void SetLimits(const RpcServerOptions& options, grpc::ServerBuilder& builder) {
  grpc::ResourceQuota memory("requests");
  memory.Resize(kRequestsReceived * options.max_receive_bytes);
  builder.SetResourceQuota(memory);
  builder.SetMaxReceiveMessageSize(options.max_receive_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kSilenceMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  // A megabyte of compressed nothing may be gigabytes, and gRPC inflates all of
  // it before it looks at the size.
  builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
                             1U << GRPC_COMPRESS_NONE);
}

// "localhost:0" that was given port 4711 is "localhost:4711".
std::string WithPort(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), port);
}

bool HasIpv6Loopback() {
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0) return false;
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address),
                          sizeof(address)) == 0;
  close(fd);
  return bound;
}

// "localhost" is both loopback addresses, whatever the machine's host table
// says of it; the free port of "localhost:0" can only be one address's.
std::vector<std::string> Expand(const std::vector<std::string>& listen) {
  constexpr absl::string_view kLocalhost = "localhost:";
  std::vector<std::string> addresses;
  for (const std::string& address : listen) {
    absl::string_view port = address;
    if (!absl::ConsumePrefix(&port, kLocalhost)) {
      addresses.push_back(address);
      continue;
    }
    addresses.push_back(absl::StrCat("127.0.0.1:", port));
    if (port != "0" && HasIpv6Loopback()) {
      addresses.push_back(absl::StrCat("[::1]:", port));
    }
  }
  return addresses;
}

class RpcServerImpl final : public RpcServer {
 public:
  RpcServerImpl(prometheus::Registry* registry, Engine* engine,
                const apogee::v1::ServerInfo& info, TrainingService* training)
      : registry_(registry != nullptr ? registry : &nobodys_registry_),
        vizier_(MakeVizierService(engine, registry_)),
        admin_(MakeAdminService(engine, info, registry_)),
        workers_(MakeWorkerService(engine, registry_)),
        regressors_(training == nullptr
                        ? nullptr
                        : MakeRegressorService(training, registry_)) {}

  absl::Status Listen(const RpcServerOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    // Two servers on one port would share its connections without a word.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Clients may ping every 10 seconds to keep a connection through a
    // firewall.
    builder.AddChannelArgument(
        GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    SetLimits(options, builder);
    builder.SetMaxSendMessageSize(-1);
    const std::vector<std::string> listen = Expand(options.listen);
    std::vector<int> ports(listen.size());
    for (size_t i = 0; i < ports.size(); ++i) {
      builder.AddListeningPort(listen[i], grpc::InsecureServerCredentials(),
                               &ports[i]);
    }
    builder.RegisterService(vizier_.get());
    builder.RegisterService(admin_.get());
    builder.RegisterService(workers_.get());
    if (regressors_ != nullptr) builder.RegisterService(regressors_.get());
    builder.RegisterCallbackGenericService(&unknown_);
    server_ = builder.BuildAndStart();
    for (size_t i = 0; i < ports.size(); ++i) {
      if (server_ == nullptr || ports[i] == 0) {
        return absl::FailedPreconditionError(absl::StrCat(
            "can not listen on ", listen[i],
            ": the port is taken or the address is not this machine's; choose "
            "another with --listen HOST:PORT (port 0 takes a free one)"));
      }
      addresses_.push_back(WithPort(listen[i], ports[i]));
    }
    return absl::OkStatus();
  }

  const std::vector<std::string>& addresses() const override {
    return addresses_;
  }

  void SetServing(bool serving) override {
    grpc::HealthCheckServiceInterface& health =
        *server_->GetHealthCheckService();
    for (const char* service :
         {"", "vizier.VizierService", "apogee.v1.AdminService",
          "apogee.v1.WorkerService", "apogee.v1.RegressorService"}) {
      health.SetServingStatus(service, serving);
    }
  }

  void Stop(absl::Duration patience) override {
    server_->Shutdown(std::chrono::system_clock::now() +
                      absl::ToChronoMilliseconds(patience));
  }

 private:
  prometheus::Registry nobodys_registry_;
  prometheus::Registry* const registry_;
  const std::unique_ptr<Service> vizier_;
  const std::unique_ptr<Service> admin_;
  const std::unique_ptr<Service> workers_;
  const std::unique_ptr<Service> regressors_;
  UnknownMethods unknown_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const RpcServerOptions& options, Engine* engine,
    const apogee::v1::ServerInfo& info, TrainingService* training) {
  auto server =
      std::make_unique<RpcServerImpl>(options.registry, engine, info, training);
  if (absl::Status listening = server->Listen(options); !listening.ok()) {
    return listening;
  }
  return server;
}

}  // namespace apogee
