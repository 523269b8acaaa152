// The HTTP port over real sockets: pages, bounds, and clients that mean no
// good.

#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A client of 127.0.0.1 that says exactly what it is told to.
class Client {
 public:
  explicit Client(const std::string& address)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    // A test that waits for an answer in vain fails; it does not hang.
    const timeval patience = {.tv_sec = 20, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in where = {};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint32_t port = 0;
    EXPECT_TRUE(
        absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    where.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&where),
                      sizeof(where)),
              0);
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Client& operator=(Client&&) = delete;
  ~Client() {
    if (socket_ >= 0) close(socket_);
  }

  // False when the server has gone.
  bool Say(const std::string& text) const {
    return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  // What comes next, up to and with `end`, or until the server closes.
  std::string HearUntil(const std::string& end) const {
    std::string heard;
    char c = 0;
    while (!absl::EndsWith(heard, end) && recv(socket_, &c, 1, 0) == 1) {
      heard += c;
    }
    return heard;
  }
  // What comes until the server closes.
  std::string HearAll() const {
    std::string heard;
    char buffer[4096];
    ssize_t bytes = 0;
    while ((bytes = recv(socket_, buffer, sizeof(buffer), 0)) > 0) {
      heard.append(buffer, static_cast<size_t>(bytes));
    }
    EXPECT_FALSE(bytes < 0 && errno == EAGAIN) << "the server did not close";
    return heard;
  }

 private:
  int socket_;
};

class HttpServerTest : public testing::Test {
 protected:
  void Start(absl::Duration patience, size_t most_connections = 64) {
    server_ = *HttpServer::Start(
        {.listen = "localhost:0",
         .patience = patience,
         .most_connections = most_connections},
        {{"/", [] { return HttpAnswer{.body = "pages\n"}; }},
         {"/healthz", [] { return HttpAnswer{.body = "ok\n"}; }},
         {"/readyz",
          [] { return HttpAnswer{.status = 503, .body = "not yet\n"}; }},
         {"/large",
          [] { return HttpAnswer{.body = std::string(64 << 20, 'x')}; }}});
  }

  Client Connect() { return Client(server_->address()); }
  std::string Ask(const std::string& request) {
    const Client client = Connect();
    EXPECT_TRUE(client.Say(request));
    return client.HearAll();
  }
  std::string Get(const std::string& path) {
    return Ask(absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n"));
  }

  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, ServesItsPages) {
  Start(absl::Seconds(10));
  EXPECT_THAT(server_->address(), StartsWith("127.0.0.1:"));
  EXPECT_THAT(Get("/healthz"),
              AllOf(StartsWith("HTTP/1.0 200 OK\r\n"),
                    HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"),
                    HasSubstr("Content-Length: 3\r\n"),
                    HasSubstr("Cache-Control: no-store\r\n"),
                    EndsWith("\r\n\r\nok\n")));
  EXPECT_THAT(Get("/healthz?verbose=1"), EndsWith("\r\n\r\nok\n"));
  EXPECT_THAT(Get("/readyz"), AllOf(StartsWith("HTTP/1.0 503 "),
                                    EndsWith("\r\n\r\nnot yet\n")));
  EXPECT_THAT(Get("/large").size(), testing::Gt(size_t{64} << 20));
}

TEST_F(HttpServerTest, RefusesWhatItDoesNotServe) {
  Start(absl::Seconds(10));
  for (const char* path :
       {"/nothing", "/healthz/", "/../healthz", "http://host/healthz", "*"}) {
    EXPECT_THAT(Get(path), StartsWith("HTTP/1.0 404 ")) << path;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    EXPECT_THAT(
        Ask(absl::StrCat(method, " /healthz HTTP/1.0\r\n\r\n")),
        AllOf(StartsWith("HTTP/1.0 405 "), HasSubstr("Allow: GET, HEAD\r\n")))
        << method;
  }
  EXPECT_THAT(Ask("HEAD /healthz HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, KeepsConnectionsForMore) {
  Start(absl::Seconds(10));
  const Client client = Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Say("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_THAT(client.HearUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
  }
  // Sent at once, answered in order.
  ASSERT_TRUE(
      client.Say("GET /healthz HTTP/1.1\r\n\r\n"
                 "GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client.HearUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(client.HearAll(), AllOf(StartsWith("HTTP/1.1 503 "),
                                      HasSubstr("Connection: close\r\n")));
}

TEST_F(HttpServerTest, WaitsForNoBody) {
  Start(absl::Seconds(10));
  for (const char* header :
       {"Content-Length: 1000000000000", "Transfer-Encoding: chunked"}) {
    EXPECT_THAT(
        Ask(absl::StrCat("GET /healthz HTTP/1.1\r\n", header,
                         "\r\nExpect: 100-continue\r\n\r\n")),
        AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Connection: close\r\n")))
        << header;
  }
}

TEST_F(HttpServerTest, AnswersGarbageAndGoesOn) {
  Start(absl::Seconds(10));
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02\x00", 5), std::string("GET\r\n\r\n"),
        std::string("GET /healthz HTTP/9.9\r\n\r\n"),
        std::string("GET /healthz HTTP/1.1\r\n: x\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        std::string("GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n")}) {
    EXPECT_THAT(Ask(garbage), AllOf(StartsWith("HTTP/1.1 400 "),
                                    HasSubstr("Connection: close\r\n")))
        << garbage;
  }
  EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
}

TEST_F(HttpServerTest, HearsOutWhoeverItRefuses) {
  Start(absl::Seconds(10));
  const Client client = Connect();
  ASSERT_TRUE(client.Say("garbage\r\n\r\n"));
  EXPECT_THAT(client.HearAll(), StartsWith("HTTP/1.1 400 "));
  // A connection reset under a client that still talks would take the answer
  // away from it.
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));  // it has had its turn
    EXPECT_TRUE(client.Say("more"));
  }
}

TEST_F(HttpServerTest, RefusesHeadersWithoutEnd) {
  Start(absl::Seconds(10));
  const std::string large(1 << 20, 'x');
  std::string many = "GET /healthz HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&many, "h", i, ": v\r\n");
  for (const std::string& request :
       {absl::StrCat("GET /", large, " HTTP/1.1\r\n\r\n"),
        absl::StrCat("GET /healthz HTTP/1.1\r\nh: ", large, "\r\n\r\n"),
        many}) {
    const Client client = Connect();
    client.Say(request);
    EXPECT_THAT(client.HearAll(), StartsWith("HTTP/1.1 431 "));
  }
}

TEST_F(HttpServerTest, CutsOffWhoeverIsSilentOrSlow) {
  Start(absl::Milliseconds(300));
  const auto start = std::chrono::steady_clock::now();
  const Client silent = Connect();
  const Client slow = Connect();
  // A byte now and then does not prolong the wait.
  while (slow.Say("G") &&
         std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) {
    EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  }
  EXPECT_EQ(silent.HearAll(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(HttpServerTest, CutsOffWhoeverDoesNotTakeTheAnswer) {
  Start(absl::Milliseconds(300));
  const Client client = Connect();
  ASSERT_TRUE(client.Say("GET /large HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(client.HearUntil("\r\n"), StartsWith("HTTP/1.1 200 "));
  const auto start = std::chrono::steady_clock::now();
  // Not reading, it is cut off: what it says then gets no hearing.
  while (client.Say("G") &&
         std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) {
    EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(HttpServerTest, IdleConnectionsKeepNobodyOut) {
  Start(absl::Minutes(10), /*most_connections=*/16);
  const Client regular = Connect();
  std::vector<Client> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(Connect());
    if (i % 2 == 0) idle.back().Say("GET /hea");
    // Who does ask now and then is not among those that have waited longest.
    // (The last idle one's answer says that the server has met them all.)
    idle.push_back(Connect());
    for (const Client& client : {std::cref(idle.back()), std::cref(regular)}) {
      ASSERT_TRUE(client.Say("GET /healthz HTTP/1.1\r\n\r\n"));
      ASSERT_THAT(client.HearUntil("ok\n"), StartsWith("HTTP/1.1 200 "));
    }
  }
  EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  // The oldest had to go, the newest may still ask.
  EXPECT_EQ(idle.front().HearAll(), "");
  ASSERT_TRUE(idle.back().Say("GET /healthz HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(idle.back().HearAll(), EndsWith("ok\n"));
}

TEST_F(HttpServerTest, StopsWithConnectionsOpen) {
  Start(absl::Minutes(10));
  const Client idle = Connect();
  const Client half = Connect();
  ASSERT_TRUE(half.Say("GET /"));
  const Client taking = Connect();
  ASSERT_TRUE(taking.Say("GET /large HTTP/1.1\r\n\r\n"));
  EXPECT_THAT(taking.HearUntil("\r\n"), StartsWith("HTTP/1.1 200 "));
  server_.reset();
  EXPECT_EQ(idle.HearAll(), "");
}

TEST_F(HttpServerTest, SaysWhyItCanNotListen) {
  Start(absl::Seconds(10));
  const auto listen = [](const std::string& address) {
    return HttpServer::Start({.listen = address}, {}).status();
  };
  EXPECT_THAT(
      listen(server_->address()),
      StatusIs(StatusCode::kFailedPrecondition,
               AllOf(HasSubstr(server_->address()), HasSubstr("in use"))));
  EXPECT_THAT(listen("192.0.2.1:0"), StatusIs(StatusCode::kFailedPrecondition));
  for (const char* wrong :
       {"", "28081", ":28081", "host:", "host:x", "host:65536", "host:-1"}) {
    EXPECT_THAT(listen(wrong),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("HOST:PORT")))
        << wrong;
  }
}

}  // namespace
}  // namespace apogee
