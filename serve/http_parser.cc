#include "serve/http_parser.h"

namespace serve {
namespace http = boost::beast::http;

void HttpParser::on_request_impl(http::verb, View method, View target, int version, Error&) {
  request_.set_line(text(method), text(target), version);
}

void HttpParser::on_field_impl(http::field field, View name, View value, Error&) {
  if (head_done_) return;  // trailers: what comes after the body must not look like a header
  if (field == http::field::host) ++hosts_;
  if (field == http::field::transfer_encoding) transfer_encoding_ = true;
  if (field == http::field::expect) {
    expects_continue_ = same_token(text(value), "100-continue");
    expects_other_ = !expects_continue_;
  }
  request_.add_header(text(name), text(value));
}

std::size_t HttpParser::on_body_impl(View body, Error&) {
  request_.append_body(text(body));
  return body.size();
}

std::size_t HttpParser::on_chunk_body_impl(std::uint64_t, View body, Error&) {
  request_.append_body(text(body));
  return body.size();
}

int HttpParser::refusal() const {
  if (request_.version() != 10 && request_.version() != 11) return 505;
  // RFC 9112, 3.2: exactly one Host in HTTP/1.1, never two.
  if (hosts_ > 1 || (hosts_ == 0 && request_.version() == 11)) return 400;
  // RFC 9112, 6.1: a transfer coding that is not understood leaves the end of the body unknown.
  if (transfer_encoding_ && !chunked()) return 501;
  if (transfer_encoding_ && request_.version() == 10) return 400;
  if (expects_other_) return 417;
  const auto target = request_.target();
  if (target.empty() || (target.front() != '/' && target != "*" && target.find("://") == std::string_view::npos &&
                         request_.method() != "CONNECT"))
    return 400;
  return 0;
}

}  // namespace serve
