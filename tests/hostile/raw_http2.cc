#include "tests/hostile/raw_http2.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPing = 6;
constexpr uint8_t kGoAway = 7;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kAck = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr size_t kFrameHeader = 9;
constexpr size_t kMostFrame = 16'384;
constexpr int64_t kFirstWindow = 65'535;

std::string BigEndian(uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(number >> (8 * i) & 0xff);
  }
  return text;
}

uint64_t ReadNumber(absl::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

// A header as HPACK writes one that it does not index.
std::string Literal(absl::string_view name, absl::string_view value) {
  return absl::StrCat(BigEndian(0, 1), BigEndian(name.size(), 1), name,
                      BigEndian(value.size(), 1), value);
}

// How much a client may send: what the server's frames add up to.
class Windows {
 public:
  int64_t open() const { return std::min(connection_, stream_); }
  void Take(int64_t bytes) {
    connection_ -= bytes;
    stream_ -= bytes;
  }

  // Takes the whole frames out of `buffer`. False when the server has had
  // enough of the stream or of the connection.
  bool Read(std::string& buffer, RawHttp2& client) {
    while (buffer.size() >= kFrameHeader) {
      const size_t size = ReadNumber(buffer.substr(0, 3));
      if (buffer.size() < kFrameHeader + size) return true;
      const auto type = static_cast<uint8_t>(buffer[3]);
      const auto flags = static_cast<uint8_t>(buffer[4]);
      const uint64_t stream = ReadNumber(buffer.substr(5, 4));
      const std::string payload = buffer.substr(kFrameHeader, size);
      buffer.erase(0, kFrameHeader + size);
      if (type == kResetStream || type == kGoAway) return false;
      if (type == kWindowUpdate) {
        (stream == 0 ? connection_ : stream_) +=
            static_cast<int64_t>(ReadNumber(payload));
      } else if (type == kSettings && (flags & kAck) == 0) {
        TakeSettings(payload);
      } else if (type == kPing && (flags & kAck) == 0) {
        client.Send(RawHttp2::Frame(kPing, kAck, 0, payload));
      }
    }
    return true;
  }

 private:
  void TakeSettings(absl::string_view payload) {
    constexpr uint64_t kInitialWindow = 4;
    for (size_t i = 0; i + 6 <= payload.size(); i += 6) {
      if (ReadNumber(payload.substr(i, 2)) == kInitialWindow) {
        stream_ += static_cast<int64_t>(ReadNumber(payload.substr(i + 2, 4))) -
                   kFirstWindow;
      }
    }
  }

  int64_t connection_ = kFirstWindow;
  int64_t stream_ = kFirstWindow;
};

}  // namespace

RawHttp2::RawHttp2(const std::string& address)
    : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0)
      << strerror(errno);
}

RawHttp2::RawHttp2(RawHttp2&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

RawHttp2::~RawHttp2() {
  if (fd_ >= 0) close(fd_);
}

bool RawHttp2::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string RawHttp2::Frame(uint8_t type, uint8_t flags, uint32_t stream,
                            absl::string_view payload) {
  return absl::StrCat(BigEndian(payload.size(), 3), BigEndian(type, 1),
                      BigEndian(flags, 1), BigEndian(stream, 4), payload);
}

bool RawHttp2::ShakeHands() {
  return Send(absl::StrCat(kPreface, Frame(kSettings, 0, 0, ""),
                           Frame(kSettings, kAck, 0, "")));
}

std::string RawHttp2::Headers(uint32_t stream, absl::string_view method) {
  return Frame(
      kHeaders, kEndHeaders, stream,
      absl::StrCat(
          Literal(":method", "POST"), Literal(":scheme", "http"),
          Literal(":path", absl::StrCat("/vizier.VizierService/", method)),
          Literal(":authority", "localhost"), Literal("te", "trailers"),
          Literal("content-type", "application/grpc")));
}

size_t RawHttp2::SendPartOfMessage(uint32_t stream, size_t announced,
                                   size_t bytes) {
  const std::string message_header =
      absl::StrCat(BigEndian(0, 1), BigEndian(announced, 4));
  if (!Send(Frame(kData, 0, stream, message_header))) return 0;
  Windows windows;
  windows.Take(static_cast<int64_t>(message_header.size()));
  const std::string zeros(kMostFrame, '\0');
  std::string buffer;
  size_t sent = 0;
  while (sent < bytes) {
    const int64_t size =
        std::min({windows.open(), static_cast<int64_t>(kMostFrame),
                  static_cast<int64_t>(bytes - sent)});
    if (size > 0) {
      if (!Send(Frame(
              kData, 0, stream,
              absl::string_view(zeros.data(), static_cast<size_t>(size))))) {
        break;
      }
      windows.Take(size);
      sent += static_cast<size_t>(size);
      continue;
    }
    pollfd ready{.fd = fd_, .events = POLLIN};
    constexpr int kPatienceMs = 10'000;
    if (poll(&ready, 1, kPatienceMs) <= 0) break;
    const std::string said = Read();
    buffer += said;
    if (said.empty() || !windows.Read(buffer, *this)) break;
  }
  return sent;
}

std::string RawHttp2::Read() {
  std::string buffer(1 << 16, '\0');
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  buffer.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return buffer;
}

bool RawHttp2::AwaitHangUp(absl::Duration patience) {
  const absl::Time give_up = absl::Now() + patience;
  while (absl::Now() < give_up) {
    pollfd ready{.fd = fd_, .events = POLLIN};
    if (poll(&ready, 1, 100) <= 0) continue;
    char buffer[4096];
    if (recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT) <= 0) return true;
  }
  return false;
}

void RawHttp2::Reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(std::exchange(fd_, -1));
}

}  // namespace apogee
