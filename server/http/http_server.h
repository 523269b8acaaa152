#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace apogee {

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

struct HttpServerOptions {
  // "HOST:PORT" or "[IPV6]:PORT"; port 0 takes a free one. "localhost" is
  // 127.0.0.1.
  std::string listen;
  // How long a client may take to send a whole request, its first or its next,
  // and how long to take the answer. Then it is cut off.
  absl::Duration patience = absl::Seconds(10);
  // With one more, the connection that has waited longest for its client is
  // closed.
  size_t most_connections = 64;
};

// Answers GET and HEAD for a fixed set of pages, by HTTP/1.0 and 1.1; anything
// else gets 404 or 405, and what is not HTTP 400 or (more than 8 KiB) 431.
//
// One thread does everything and waits for nobody, so a client that says
// nothing, or too much, or too slowly costs a connection for a while and holds
// up no other.
class HttpServer {
 public:
  // Runs on the server's thread, so it must be quick.
  using Page = std::function<HttpAnswer()>;

  // Serves `pages`, by path, until it is destroyed; then no page is running.
  // INVALID_ARGUMENT     `listen` does not parse
  // FAILED_PRECONDITION  the address can not be listened on
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const HttpServerOptions& options, std::map<std::string, Page> pages);
  virtual ~HttpServer() = default;

  // The address listened on, with the port that was taken: "127.0.0.1:28081".
  virtual const std::string& address() const = 0;
};

}  // namespace apogee
