// Whatever bytes a client sends, in whatever pieces: it gets answers in HTTP or
// none, soon, and the next client is served.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "server/http/http_server.h"

namespace {

uint16_t StartServer() {
  static const std::unique_ptr<apogee::HttpServer> server = [] {
    absl::StatusOr<std::unique_ptr<apogee::HttpServer>> started =
        apogee::HttpServer::Start(
            {.listen = "127.0.0.1:0"},
            {{"/", [] { return apogee::HttpAnswer{.body = "hello\n"}; }},
             {"/metrics", [] {
                return apogee::HttpAnswer{.status = 503, .body = "up 1\n"};
              }}});
    APOGEE_CHECK(started.ok());
    return *std::move(started);
  }();
  const std::string& address = server->address();
  int port = 0;
  APOGEE_CHECK(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  return static_cast<uint16_t>(port);
}

int Connect(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  while (true) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    APOGEE_CHECK(fd >= 0);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    // Closing leaves nothing behind: thousands a second would use up the ports.
    const linger abrupt{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof(abrupt));
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) == 0) {
      return fd;
    }
    APOGEE_CHECK(errno == EINTR);  // libFuzzer's own timer
    close(fd);
  }
}

// What the server sends back for `bytes`, sent in two pieces.
std::string Talk(uint16_t port, absl::string_view bytes, size_t first_piece) {
  const int fd = Connect(port);
  for (const absl::string_view piece :
       {bytes.substr(0, first_piece), bytes.substr(first_piece)}) {
    // The server may have had enough already.
    if (!piece.empty()) send(fd, piece.data(), piece.size(), MSG_NOSIGNAL);
  }
  shutdown(fd, SHUT_WR);
  std::string answer;
  char buffer[4096];
  while (true) {
    const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
    if (size < 0 && errno == EINTR) continue;         // libFuzzer's own timer
    if (size < 0) APOGEE_CHECK(errno == ECONNRESET);  // not a timeout
    if (size <= 0) break;
    answer.append(buffer, static_cast<size_t>(size));
  }
  close(fd);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const uint16_t port = StartServer();
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string answer =
      Talk(port, bytes, size == 0 ? 0 : (data[0] * size / 256));
  APOGEE_CHECK(answer.empty() || absl::StartsWith(answer, "HTTP/1."));
  static int count = 0;
  if (++count % 16 == 0) {
    APOGEE_CHECK(absl::StartsWith(
        Talk(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 5), "HTTP/1.1 200 "));
  }
  return 0;
}
