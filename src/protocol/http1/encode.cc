#include "protocol/http1/encode.h"

namespace loadstone::http1 {
namespace {

using Hole = protocol::PreparedRequest::Hole;

void field(protocol::PreparedRequest& request, std::string_view name, std::string_view value) {
  request.bytes.append(name).append(": ");
  append_template(request, value);
  request.bytes.append("\r\n");
}

}  // namespace

protocol::PreparedRequest encode(const RequestParts& parts) {
  const auto given = [&](std::string_view name) { return has_field(parts, name); };
  protocol::PreparedRequest request;
  request.answer_has_no_body = parts.method == "HEAD";
  request.wants_body = parts.wants_body;
  request.closes = !parts.keep_alive;
  request.bytes.append(parts.method).append(" ");
  append_template(request, parts.target);
  request.bytes.append(" HTTP/1.1\r\n");
  if (!given("host")) field(request, "Host", parts.authority);
  if (!given("user-agent")) field(request, "User-Agent", "loadstone");
  if (!parts.keep_alive && !given("connection")) field(request, "Connection", "close");
  for (const auto& [name, value] : parts.headers) field(request, name, value);
  if (lacks_length(parts)) {
    request.bytes.append("Content-Length: ");
    if (protocol::has_placeholder(parts.body))
      request.holes.push_back({request.bytes.size(), Hole::Kind::kBodyLength});
    else
      request.bytes.append(std::to_string(parts.body.size()));
    request.bytes.append("\r\n");
  }
  request.bytes.append("\r\n");
  request.body_at = request.bytes.size();
  append_template(request, parts.body);
  return request;
}

}  // namespace loadstone::http1
