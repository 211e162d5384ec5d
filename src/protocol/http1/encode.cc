#include "protocol/http1/encode.h"

#include <algorithm>
#include <cctype>
#include <charconv>

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

// Where the first placeholder of a text is, what it says, and its hole; npos when there is none.
struct Place {
  std::size_t at = std::string_view::npos;
  std::size_t length = 0;
  Hole::Kind kind{};
  std::uint32_t text = 0;
};

// In a request of many texts they alone are placeholders: everything else has been filled in or meant as it is.
Place find_text(std::string_view text, std::string_view mark) {
  Place place;
  place.at = text.find(mark);
  if (place.at == std::string_view::npos) return place;
  const char* const digits = text.data() + place.at + mark.size();
  const auto end = std::from_chars(digits, text.data() + text.size(), place.text).ptr;
  place.length = static_cast<std::size_t>(end - text.data()) + 1 - place.at;
  place.kind = Hole::Kind::kText;
  return place;
}

Place find_placeholder(std::string_view text, std::string_view mark) {
  if (!mark.empty()) return find_text(text, mark);
  Place first;
  for (const Placeholder& p : kPlaceholders)
    if (const std::size_t at = text.find(p.text); at < first.at) first = {at, p.text.size(), p.kind};
  return first;
}

bool same_field(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void append(protocol::PreparedRequest& request, std::string_view text, std::string_view mark) {
  for (;;) {
    const Place place = find_placeholder(text, mark);
    request.bytes.append(text.substr(0, place.at));
    if (place.at == std::string_view::npos) return;
    request.holes.push_back({request.bytes.size(), place.kind, place.text});
    request.has_header = request.has_header || place.kind == Hole::Kind::kHeader;
    text.remove_prefix(place.at + place.length);
  }
}

}  // namespace

protocol::PreparedRequest encode(const RequestParts& parts) {
  const auto given = [&](std::string_view name) {
    return std::any_of(parts.headers.begin(), parts.headers.end(),
                       [&](const auto& h) { return same_field(h.first, name); });
  };
  protocol::PreparedRequest request;
  const auto field = [&](std::string_view name, std::string_view value) {
    request.bytes.append(name).append(": ");
    append(request, value, parts.text_mark);
    request.bytes.append("\r\n");
  };
  request.answer_has_no_body = parts.method == "HEAD";
  request.wants_body = parts.wants_body;
  request.wants_fields = parts.wants_fields;
  request.closes = !parts.keep_alive;
  request.bytes.append(parts.method).append(" ");
  append(request, parts.target, parts.text_mark);
  request.bytes.append(" HTTP/1.1\r\n");
  if (!given("host")) field("Host", parts.authority);
  if (!given("user-agent")) field("User-Agent", "loadstone");
  if (!parts.keep_alive && !given("connection")) field("Connection", "close");
  for (const auto& [name, value] : parts.headers) field(name, value);
  const bool usually_has_body = parts.method == "POST" || parts.method == "PUT" || parts.method == "PATCH";
  if ((!parts.body.empty() || usually_has_body) && !given("content-length") && !given("transfer-encoding")) {
    request.bytes.append("Content-Length: ");
    if (find_placeholder(parts.body, parts.text_mark).at != std::string_view::npos)
      request.holes.push_back({request.bytes.size(), Hole::Kind::kBodyLength});
    else
      request.bytes.append(std::to_string(parts.body.size()));
    request.bytes.append("\r\n");
  }
  request.bytes.append("\r\n");
  request.body_at = request.bytes.size();
  append(request, parts.body, parts.text_mark);
  return request;
}

}  // namespace loadstone::http1
