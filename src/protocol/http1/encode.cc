#include "protocol/http1/encode.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace loadstone::http1 {
namespace {

using Hole = protocol::PreparedRequest::Hole;

struct Placeholder {
  std::string_view text;
  Hole::Kind kind;
};
constexpr Placeholder kPlaceholders[] = {{"{{request.id}}", Hole::Kind::kNumber},
                                         {"{{message.id}}", Hole::Kind::kNumber},
                                         {"{{message.header}}", Hole::Kind::kHeader}};

// The first placeholder in a text, and where it is; npos when there is none.
std::pair<std::size_t, const Placeholder*> find_placeholder(std::string_view text) {
  std::pair<std::size_t, const Placeholder*> first{std::string_view::npos, nullptr};
  for (const Placeholder& p : kPlaceholders)
    if (const std::size_t at = text.find(p.text); at < first.first) first = {at, &p};
  return first;
}

bool same_field(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void append(protocol::PreparedRequest& request, std::string_view text) {
  for (;;) {
    const auto [at, placeholder] = find_placeholder(text);
    request.bytes.append(text.substr(0, at));
    if (placeholder == nullptr) return;
    request.holes.push_back({request.bytes.size(), placeholder->kind});
    request.has_header = request.has_header || placeholder->kind == Hole::Kind::kHeader;
    text.remove_prefix(at + placeholder->text.size());
  }
}

void field(protocol::PreparedRequest& request, std::string_view name, std::string_view value) {
  request.bytes.append(name).append(": ");
  append(request, value);
  request.bytes.append("\r\n");
}

}  // namespace

protocol::PreparedRequest encode(const RequestParts& parts) {
  const auto given = [&](std::string_view name) {
    return std::any_of(parts.headers.begin(), parts.headers.end(),
                       [&](const auto& h) { return same_field(h.first, name); });
  };
  protocol::PreparedRequest request;
  request.answer_has_no_body = parts.method == "HEAD";
  request.wants_body = parts.wants_body;
  request.closes = !parts.keep_alive;
  request.bytes.append(parts.method).append(" ");
  append(request, parts.target);
  request.bytes.append(" HTTP/1.1\r\n");
  if (!given("host")) field(request, "Host", parts.authority);
  if (!given("user-agent")) field(request, "User-Agent", "loadstone");
  if (!parts.keep_alive && !given("connection")) field(request, "Connection", "close");
  for (const auto& [name, value] : parts.headers) field(request, name, value);
  const bool usually_has_body = parts.method == "POST" || parts.method == "PUT" || parts.method == "PATCH";
  if ((!parts.body.empty() || usually_has_body) && !given("content-length") && !given("transfer-encoding")) {
    request.bytes.append("Content-Length: ");
    if (find_placeholder(parts.body).second != nullptr)
      request.holes.push_back({request.bytes.size(), Hole::Kind::kBodyLength});
    else
      request.bytes.append(std::to_string(parts.body.size()));
    request.bytes.append("\r\n");
  }
  request.bytes.append("\r\n");
  request.body_at = request.bytes.size();
  append(request, parts.body);
  return request;
}

}  // namespace loadstone::http1
