// What a client asked: method, target, headers and body, and when and from where it came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace serve {

// One request. Views given out stay valid as long as the request. Filled by the server, or by hand in tests of routes.
class Request {
 public:
  [[nodiscard]] std::string_view method() const { return method_; }
  // As sent: path and query, not decoded.
  [[nodiscard]] std::string_view target() const { return target_; }
  // The target up to '?', not decoded.
  [[nodiscard]] std::string_view path() const { return std::string_view(target_).substr(0, target_.find('?')); }
  // What follows '?', not decoded; empty when there is none.
  [[nodiscard]] std::string_view query() const;
  // The first header of that name, compared without case, without surrounding blanks.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] std::size_t header_count() const { return fields_.size(); }
  // In order of arrival: name and value.
  [[nodiscard]] std::pair<std::string_view, std::string_view> header_at(std::size_t i) const;
  [[nodiscard]] std::string_view body() const { return body_; }
  // "127.0.0.1:51234", "[::1]:51234" or "unix".
  [[nodiscard]] std::string_view peer() const { return peer_; }
  // When the last byte of the head had been read.
  [[nodiscard]] loadstone::Instant received() const { return received_; }
  // 10 for HTTP/1.0, 11 for HTTP/1.1.
  [[nodiscard]] int version() const { return version_; }
  // Whether this asks for an upgrade to WebSocket (RFC 6455, 4.2.1) that Responder::accept_websocket can grant.
  [[nodiscard]] bool wants_websocket() const;

  void set_line(std::string_view method, std::string_view target, int version);
  void add_header(std::string_view name, std::string_view value);
  void append_body(std::string_view bytes) { body_.append(bytes); }
  void set_peer(std::string_view peer) { peer_ = peer; }
  void set_received(loadstone::Instant at) { received_ = at; }

 private:
  struct Field {  // offsets into text_
    std::uint32_t name, value, end;
  };
  std::string method_, target_, text_, body_, peer_;
  std::vector<Field> fields_;
  loadstone::Instant received_{};
  int version_ = 11;
};

// Compares names of headers and tokens: ASCII letters without case.
[[nodiscard]] bool same_token(std::string_view a, std::string_view b);
// Whether a comma separated list of tokens ("keep-alive, Upgrade") holds `token`.
[[nodiscard]] bool has_token(std::string_view list, std::string_view token);

// %xx to bytes, and '+' to a blank when it stands in a query. nullopt for a % without two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);
// "a=1&b=x%20y" as decoded pairs in order; a name without '=' has an empty value. nullopt when an escape is malformed.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace serve
