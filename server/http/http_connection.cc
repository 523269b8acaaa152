#include "server/http/http_connection.h"

#include <limits>
#include <utility>

#include "absl/strings/string_view.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/write.hpp"

namespace apogee {
namespace {

namespace http = boost::beast::http;
using Tcp = boost::asio::ip::tcp;

constexpr uint32_t kMostHeaderBytes = 8 << 10;
constexpr size_t kMostDrainedBytes = 1 << 20;

// Whether the client has sent something that is not HTTP; else it is gone, or
// out of time.
bool IsBadRequest(boost::system::error_code error) {
  return error.category() ==
             http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream &&
         error != http::error::partial_message;
}

}  // namespace

HttpConnection::HttpConnection(Tcp::socket socket, HttpSite* site)
    : site_(site),
      place_(site->open.insert(site->open.end(), this)),
      stream_(std::move(socket)),
      buffer_(size_t{2} * kMostHeaderBytes) {}

HttpConnection::~HttpConnection() { Close(); }

void HttpConnection::Close() {
  if (place_ == site_->open.end()) return;
  site_->open.erase(std::exchange(place_, site_->open.end()));
  stream_.close();
}

void HttpConnection::ReadRequest() {
  site_->open.splice(site_->open.end(), site_->open, place_);
  parser_.emplace();
  parser_->header_limit(kMostHeaderBytes);
  // Bodies of any size are not read. (To this Beast, boost::none is less.)
  parser_->body_limit(std::numeric_limits<uint64_t>::max());
  stream_.expires_after(site_->patience);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, size_t /*bytes*/) {
        self->OnRequest(error);
      });
}

void HttpConnection::OnRequest(ErrorCode error) {
  if (IsBadRequest(error)) {
    const bool large = error == http::error::header_limit ||
                       error == http::error::buffer_overflow;
    return Send({.status = large ? 431 : 400, .body = "bad request\n"},
                /*last=*/true);
  }
  if (error) return Close();
  // No page wants a body, so there is none to wait for.
  const bool last = !parser_->is_done() || !parser_->get().keep_alive();
  Send(Answer(), last);
}

HttpAnswer HttpConnection::Answer() const {
  const auto& request = parser_->get();
  if (request.method() != http::verb::get &&
      request.method() != http::verb::head) {
    return {.status = 405, .body = "only GET and HEAD\n"};
  }
  const boost::beast::string_view target = request.target();
  const auto page =
      site_->pages.find(std::string(target.substr(0, target.find('?'))));
  if (page == site_->pages.end()) {
    return {.status = 404, .body = "no such page; / lists them\n"};
  }
  return page->second();
}

void HttpConnection::Send(HttpAnswer answer, bool last) {
  response_ = {static_cast<http::status>(answer.status),
               parser_->get().version() == 10 ? 10U : 11U};
  response_.set(http::field::content_type, answer.content_type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
  response_.keep_alive(!last);
  response_.content_length(answer.body.size());
  if (parser_->get().method() != http::verb::head) {
    response_.body() = std::move(answer.body);
  }
  stream_.expires_after(site_->patience);
  http::async_write(
      stream_, response_,
      [self = shared_from_this(), last](ErrorCode error, size_t /*bytes*/) {
        self->OnSent(error, last);
      });
}

void HttpConnection::OnSent(ErrorCode error, bool last) {
  if (error || place_ == site_->open.end()) return Close();
  if (!last) return ReadRequest();
  stream_.socket().shutdown(Tcp::socket::shutdown_send, error);
  stream_.expires_after(site_->patience);
  Drain(kMostDrainedBytes);
}

void HttpConnection::Drain(size_t most_bytes) {
  stream_.async_read_some(
      boost::asio::buffer(ignored_),
      [self = shared_from_this(), most_bytes](ErrorCode error, size_t bytes) {
        if (error || bytes >= most_bytes) return self->Close();
        self->Drain(most_bytes - bytes);
      });
}

}  // namespace apogee
