// Inside serve only (includes Beast): bytes to one Request. Refuses what could be read in two ways.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "serve/request.h"

namespace serve {

class HttpParser final : public boost::beast::http::basic_parser<true> {
 public:
  using Error = boost::beast::error_code;

  HttpParser(Request& request, std::size_t header_bytes, std::size_t body_bytes) : request_(request) {
    header_limit(static_cast<std::uint32_t>(header_bytes));
    body_limit(body_bytes);
  }
  // Once the head is complete: 0, or the status to refuse it with.
  [[nodiscard]] int refusal() const;
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }

 private:
  using View = boost::beast::string_view;
  static std::string_view text(View v) { return {v.data(), v.size()}; }

  void on_request_impl(boost::beast::http::verb, View method, View target, int version, Error&) override;
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(boost::beast::http::field field, View name, View value, Error&) override;
  void on_header_impl(Error&) override { head_done_ = true; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
  std::size_t on_body_impl(View body, Error&) override;
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Error&) override;
  void on_finish_impl(Error&) override {}

  Request& request_;
  int hosts_ = 0;
  bool transfer_encoding_ = false;
  bool expects_continue_ = false;
  bool expects_other_ = false;
  bool head_done_ = false;
};

}  // namespace serve
