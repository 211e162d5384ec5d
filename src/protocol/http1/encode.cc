#include "protocol/http1/encode.h"

namespace loadstone::http1 {
namespace {

using Hole = protocol::PreparedRequest::Hole;

}  // namespace

protocol::PreparedRequest encode(const RequestParts& parts) {
  const auto given = [&](std::string_view name) { return has_field(parts, name); };
  protocol::PreparedRequest request;
  const auto field = [&](std::string_view name, std::string_view value) {
    request.bytes.append(name).append(": ");
    append_template(request, value, parts.text_mark);
    request.bytes.append("\r\n");
  };
  request.answer_has_no_body = parts.method == "HEAD";
  request.wants_body = parts.wants_body;
  request.wants_fields = parts.wants_fields;
  request.closes = !parts.keep_alive;
  request.bytes.append(parts.method).append(" ");
  append_template(request, parts.target, parts.text_mark);
  request.bytes.append(" HTTP/1.1\r\n");
  if (!given("host")) field("Host", parts.authority);
  if (!given("user-agent")) field("User-Agent", "loadstone");
  if (!parts.keep_alive && !given("connection")) field("Connection", "close");
  for (const auto& [name, value] : parts.headers) field(name, value);
  if (lacks_length(parts)) {
    request.bytes.append("Content-Length: ");
    if (protocol::has_placeholder(parts.body, parts.text_mark))
      request.holes.push_back({request.bytes.size(), Hole::Kind::kBodyLength});
    else
      request.bytes.append(std::to_string(parts.body.size()));
    request.bytes.append("\r\n");
  }
  request.bytes.append("\r\n");
  request.body_at = request.bytes.size();
  append_template(request, parts.body, parts.text_mark);
  return request;
}

}  // namespace loadstone::http1
