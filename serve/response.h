// What the server answers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace serve {

// Status and headers. Content-Length, Transfer-Encoding, Connection and Date are the server's to write.
struct ResponseHead {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool close = false;  // close the connection after this reply, and say so
};

// A reply with Content-Type application/json.
[[nodiscard]] Response json_response(int status, std::string body);
// The reason phrase of RFC 9110; "Unknown" for other codes.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace serve
