// A request in HTTP/1.1's form, encoded once before the run.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/request.h"

namespace loadstone::http1 {

struct RequestParts {
  std::string_view method;
  std::string_view target;                                             // origin-form
  std::string_view authority;                                          // for the Host field
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // override what would be filled in
  std::string_view body;
  bool keep_alive = true;
  bool wants_body = false;
  bool wants_fields = false;
  // Before a number and '}' this makes a hole for that text: "\1{" makes one of "\1{0}". It may stand nowhere else.
  std::string_view text_mark = {};
};

// Fills in Host, User-Agent, Content-Length (where there is a body, or the method usually has one) and, without
// keep-alive, Connection: close. {{request.id}} in target, header values and body becomes a hole for the request's
// number.
[[nodiscard]] protocol::PreparedRequest encode(const RequestParts& parts);

}  // namespace loadstone::http1
