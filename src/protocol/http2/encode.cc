#include "protocol/http2/encode.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"

namespace loadstone::http2 {
namespace {

using Hole = protocol::PreparedRequest::Hole;

// One to a line, so that it can be read in a debugger and two fields never touch.
void field(protocol::PreparedRequest& request, std::string_view name, std::string_view value, std::string_view mark) {
  protocol::PreparedRequest::Field f{};
  f.name_at = request.bytes.size();
  f.name_bytes = name.size();
  request.bytes.append(lower(name)).append(": ");
  f.value_at = request.bytes.size();
  append_template(request, value, mark);
  f.value_bytes = request.bytes.size() - f.value_at;
  request.bytes.append("\n");
  request.fields.push_back(f);
}

}  // namespace

protocol::PreparedRequest encode(const protocol::RequestParts& parts) {
  protocol::PreparedRequest request;
  request.answer_has_no_body = parts.method == "HEAD";
  request.wants_body = parts.wants_body;
  request.wants_fields = parts.wants_fields;
  const auto host =
      std::find_if(parts.headers.begin(), parts.headers.end(), [](const auto& h) { return lower(h.first) == "host"; });
  field(request, ":method", parts.method, parts.text_mark);
  field(request, ":scheme", parts.scheme, parts.text_mark);
  field(request, ":authority", host != parts.headers.end() ? host->second : parts.authority, parts.text_mark);
  field(request, ":path", parts.target, parts.text_mark);
  if (!has_field(parts, "user-agent")) field(request, "user-agent", "loadstone", parts.text_mark);
  for (const auto& header : parts.headers)
    if (host == parts.headers.end() || &header != &*host) field(request, header.first, header.second, parts.text_mark);
  if (lacks_length(parts)) {
    field(request, "content-length", {}, parts.text_mark);
    auto& length = request.fields.back();
    request.bytes.pop_back();
    if (protocol::has_placeholder(parts.body, parts.text_mark)) {
      request.holes.push_back({request.bytes.size(), Hole::Kind::kBodyLength});
    } else {
      const std::string digits = std::to_string(parts.body.size());
      request.bytes.append(digits);
      length.value_bytes = digits.size();
    }
    request.bytes.append("\n");
  }
  request.body_at = request.bytes.size();
  append_template(request, parts.body, parts.text_mark);
  return request;
}

}  // namespace loadstone::http2
