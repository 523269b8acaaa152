#include "server/http/http_server.h"

#include <pthread.h>

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "server/http/http_connection.h"

namespace apogee {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Tcp = net::ip::tcp;

struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};

absl::StatusOr<HostAndPort> ParseListen(absl::string_view listen) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == 0 || colon == absl::string_view::npos ||
      !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--http \"", listen, "\" is not HOST:PORT"));
  }
  absl::string_view host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return HostAndPort{.host = std::string(host),
                     .port = static_cast<uint16_t>(port)};
}

class HttpServerImpl final : public HttpServer {
 public:
  HttpServerImpl(const HttpServerOptions& options,
                 std::map<std::string, Page> pages)
      : most_connections_(options.most_connections),
        site_{.pages = std::move(pages),
              .patience = absl::ToChronoMilliseconds(options.patience)} {}

  ~HttpServerImpl() override {
    if (!thread_.joinable()) return;
    // With nothing left to wait for, the thread ends.
    net::post(io_, [this] {
      acceptor_.close();
      retry_.cancel();
      while (!site_.open.empty()) site_.open.front()->Close();
    });
    thread_.join();
  }

  absl::Status Listen(const std::string& listen) {
    absl::StatusOr<HostAndPort> where = ParseListen(listen);
    if (!where.ok()) return where.status();
    if (const error_code error = Bind(*where); error) {
      return absl::FailedPreconditionError(absl::StrCat(
          "can not serve HTTP on ", listen, ": ", error.message(),
          "; choose another with --http HOST:PORT (port 0 takes a free one)"));
    }
    error_code error;
    const Tcp::endpoint taken = acceptor_.local_endpoint(error);
    const std::string host = taken.address().to_string();
    address_ = taken.address().is_v6()
                   ? absl::StrCat("[", host, "]:", taken.port())
                   : absl::StrCat(host, ":", taken.port());
    Accept();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "apogee-http");
      io_.run();
    });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

 private:
  error_code Bind(const HostAndPort& where) {
    error_code error;
    Tcp::resolver resolver(io_);
    const auto found = resolver.resolve(
        where.host, std::to_string(where.port),
        Tcp::resolver::passive | Tcp::resolver::numeric_service, error);
    if (error) return error;
    const Tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), error);
    if (error) return error;
    acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (endpoint.address().is_v6()) {
      // [::] is every interface, as it is for gRPC.
      acceptor_.set_option(net::ip::v6_only(false), error);
    }
    acceptor_.bind(endpoint, error);
    if (error) return error;
    acceptor_.listen(net::socket_base::max_listen_connections, error);
    return error;
  }

  void Accept() {
    acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return AcceptLater();
      if (site_.open.size() >= most_connections_) site_.open.front()->Close();
      std::make_shared<HttpConnection>(std::move(socket), &site_)->Start();
      Accept();
    });
  }

  // Such errors (no more file descriptors) last for a while.
  void AcceptLater() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](error_code /*error*/) {
      if (acceptor_.is_open()) Accept();
    });
  }

  const size_t most_connections_;
  // Outlives the connections, which io_ holds.
  HttpSite site_;
  net::io_context io_{1};
  Tcp::acceptor acceptor_{io_};
  net::steady_timer retry_{io_};
  std::string address_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpServerOptions& options, std::map<std::string, Page> pages) {
  auto server = std::make_unique<HttpServerImpl>(options, std::move(pages));
  if (absl::Status listening = server->Listen(options.listen);
      !listening.ok()) {
    return listening;
  }
  return server;
}

}  // namespace apogee
