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
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/admin_service.h"
#include "server/rpc/vizier_service.h"

namespace apogee {
namespace {

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
  RpcServerImpl(Engine* engine, const apogee::v1::ServerInfo& info)
      : vizier_(engine), admin_(engine, info) {}

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
    builder.SetMaxReceiveMessageSize(options.max_receive_bytes);
    builder.SetMaxSendMessageSize(-1);
    const std::vector<std::string> listen = Expand(options.listen);
    std::vector<int> ports(listen.size());
    for (size_t i = 0; i < ports.size(); ++i) {
      builder.AddListeningPort(listen[i], grpc::InsecureServerCredentials(),
                               &ports[i]);
    }
    builder.RegisterService(&vizier_);
    builder.RegisterService(&admin_);
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
         {"", vizier::VizierService::service_full_name(),
          apogee::v1::AdminService::service_full_name()}) {
      health.SetServingStatus(service, serving);
    }
  }

  void Stop(absl::Duration patience) override {
    server_->Shutdown(std::chrono::system_clock::now() +
                      absl::ToChronoMilliseconds(patience));
  }

 private:
  VizierService vizier_;
  AdminService admin_;
  std::vector<std::string> addresses_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const RpcServerOptions& options, Engine* engine,
    const apogee::v1::ServerInfo& info) {
  auto server = std::make_unique<RpcServerImpl>(engine, info);
  if (absl::Status listening = server->Listen(options); !listening.ok()) {
    return listening;
  }
  return server;
}

}  // namespace apogee
