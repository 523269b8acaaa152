#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace apogee {

// A client that speaks HTTP/2 by hand, and so may say less, more or other than
// gRPC's own would. A failure to connect fails the test; what goes wrong later
// is the server's answer.
class RawHttp2 {
 public:
  // Only connects. `address` is "127.0.0.1:port".
  explicit RawHttp2(const std::string& address);
  ~RawHttp2();
  RawHttp2(RawHttp2&& other) noexcept;
  RawHttp2(const RawHttp2&) = delete;
  RawHttp2& operator=(const RawHttp2&) = delete;

  // False when the server has hung up.
  bool Send(absl::string_view bytes);
  // The preface, our settings, and the answer to the server's.
  bool ShakeHands();

  // HEADERS of a gRPC call; streams are odd numbers, rising.
  static std::string Headers(uint32_t stream, absl::string_view method);
  static std::string Frame(uint8_t type, uint8_t flags, uint32_t stream,
                           absl::string_view payload);

  // Sends the first `bytes` bytes of a message of `announced` bytes, as fast as
  // the server's windows allow. Returns how many the server took.
  size_t SendPartOfMessage(uint32_t stream, size_t announced, size_t bytes);

  // Whether the server hangs up within `patience`; reads all it says until
  // then.
  bool AwaitHangUp(absl::Duration patience);
  // All that it has said so far and nobody has read.
  std::string Read();
  // RST instead of a decent end.
  void Reset();

 private:
  int fd_ = -1;
};

}  // namespace apogee
