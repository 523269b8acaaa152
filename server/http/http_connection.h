#pragma once

#include <array>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "server/http/http_server.h"

namespace apogee {

class HttpConnection;

// What all connections of a server share. Belongs to the server's thread.
struct HttpSite {
  std::map<std::string, HttpServer::Page> pages;
  std::chrono::milliseconds patience;
  // The open connections; the one that has waited longest for its client comes
  // first.
  std::list<HttpConnection*> open = {};
};

// One client: reads a request, answers it, reads the next. It lives as long as
// it waits for something, and is listed in the site as long as it is open.
class HttpConnection final
    : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::ip::tcp::socket socket, HttpSite* site);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void Start() { ReadRequest(); }
  // Ends whatever it waits for.
  void Close();

 private:
  using ErrorCode = boost::system::error_code;

  void ReadRequest();
  void OnRequest(ErrorCode error);
  HttpAnswer Answer() const;
  void Send(HttpAnswer answer, bool last);
  void OnSent(ErrorCode error, bool last);
  // Reads what the client still sends, for a while: a socket closed over unread
  // data would take the answer away from the client.
  void Drain(size_t most_bytes);

  HttpSite* const site_;
  std::list<HttpConnection*>::iterator place_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<
      boost::beast::http::request_parser<boost::beast::http::empty_body>>
      parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::array<char, 4096> ignored_;
};

}  // namespace apogee
