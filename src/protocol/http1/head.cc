#include "protocol/http1/head.h"

#include <cstring>

#include "protocol/http1/field.h"

namespace loadstone::http1 {
namespace {

constexpr std::uint64_t kNoLength = UINT64_MAX;

// What the fields say about framing and the connection's future.
struct Fields {
  std::uint64_t length = kNoLength;
  bool has_transfer_encoding = false;
  bool last_is_chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool may_be_folded = false;  // the last one: it has nothing to do with framing
  encoding::Coding coding = encoding::Coding::kNone;
  const char* problem = nullptr;

  void content_length(std::string_view value) {
    // A list of equal values is one value (RFC 9110 section 8.6).
    bool any = false;
    each_element(value, [&](std::string_view element) {
      any = true;
      std::uint64_t n = 0;
      if (element.size() > 18) problem = "content-length is too large";
      for (const char c : element) {
        if (c < '0' || c > '9') problem = "content-length is not a number";
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
      }
      if (length != kNoLength && length != n) problem = "content-length fields disagree";
      length = n;
    });
    if (!any) problem = "content-length is empty";
  }

  void transfer_encoding(std::string_view value) {
    has_transfer_encoding = true;
    each_element(value, [&](std::string_view element) {
      if (last_is_chunked) problem = "chunked is not the last transfer coding";
      last_is_chunked = equals_ignoring_case(element, "chunked");
    });
  }

  void connection(std::string_view value) {
    each_element(value, [&](std::string_view option) {
      if (equals_ignoring_case(option, "close")) close = true;
      if (equals_ignoring_case(option, "keep-alive")) keep_alive = true;
    });
  }

  void take(std::string_view name, std::string_view value) {
    may_be_folded = false;
    // The first letter and the length rule out nearly every field before a comparison.
    switch (lower(name.front())) {
      case 'c':
        if (name.size() == 14 && equals_ignoring_case(name, "content-length")) return content_length(value);
        if (name.size() == 10 && equals_ignoring_case(name, "connection")) return connection(value);
        if (name.size() == 16 && equals_ignoring_case(name, "content-encoding"))
          coding = encoding::coding_of(value, coding);
        break;
      case 't':
        if (name.size() == 17 && equals_ignoring_case(name, "transfer-encoding")) return transfer_encoding(value);
        break;
      default:
        break;
    }
    may_be_folded = true;
  }
};

struct StatusLine {
  bool ok = false;
  std::uint16_t status = 0;
  bool http11 = false;
};

// HTTP/1.1 200 OK; the reason phrase may be empty, and the blank before it missing.
StatusLine read_status_line(std::string_view line) {
  if (line.size() < 12 || std::memcmp(line.data(), "HTTP/1.", 7) != 0) return {};
  const char minor = line[7];
  if (minor < '0' || minor > '9' || line[8] != ' ') return {};
  std::uint16_t status = 0;
  for (std::size_t i = 9; i < 12; ++i) {
    if (line[i] < '0' || line[i] > '9') return {};
    status = static_cast<std::uint16_t>(status * 10 + (line[i] - '0'));
  }
  if (line.size() > 12 && line[12] != ' ') return {};
  if (status < 100) return {};
  return {true, status, minor != '0'};
}

bool is_value(std::string_view s) {
  return std::memchr(s.data(), '\0', s.size()) == nullptr && std::memchr(s.data(), '\r', s.size()) == nullptr;
}

HeadResult malformed(const char* problem) { return {HeadResult::State::kMalformed, 0, problem, {}}; }

}  // namespace

HeadResult read_head(std::string_view bytes, bool no_body) {
  // What cannot become a status line need not be waited for.
  if (bytes.substr(0, kStatusLineBegins.size()) != kStatusLineBegins.substr(0, bytes.size()))
    return malformed("the answer does not begin with HTTP/");
  std::size_t at = 0;
  StatusLine status;
  Fields fields;
  bool first = true;
  for (;;) {
    const void* newline = bytes.size() > at ? std::memchr(bytes.data() + at, '\n', bytes.size() - at) : nullptr;
    if (newline == nullptr) {
      if (bytes.size() > kMaxHead) return malformed("the head is too large");
      return {};
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
    std::string_view line = bytes.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);  // a bare LF is accepted (RFC 9112 section 2.2)
    at = end + 1;
    if (at > kMaxHead) return malformed("the head is too large");
    if (first) {
      status = read_status_line(line);
      if (!status.ok) return malformed("the status line is malformed");
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      // More of the value above (RFC 9112 section 5.2). Where it could change the framing, readers might differ.
      if (!fields.may_be_folded) return malformed("a folded field line");
      if (!is_value(line)) return malformed("a field value holds NUL or CR");
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return malformed("a field line is malformed");
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_value(value)) return malformed("a field value holds NUL or CR");
    fields.take(line.substr(0, colon), value);
    if (fields.problem != nullptr) return malformed(fields.problem);
  }

  HeadResult result;
  result.state = HeadResult::State::kComplete;
  result.size = at;
  Head& head = result.head;
  head.status = status.status;
  head.coding = fields.coding;
  head.keep_alive = !fields.close && (status.http11 || fields.keep_alive);
  if (no_body || status.status < 200 || status.status == 204 || status.status == 304) {
    head.framing = Framing::kNone;
  } else if (fields.has_transfer_encoding) {
    head.framing = fields.last_is_chunked ? Framing::kChunked : Framing::kUntilClose;
    // Both fields at once may be an attempt to smuggle (section 6.3), and HTTP/1.0 knows no transfer coding (section
    // 6.1): read as chunked, and do not use the connection again.
    if (fields.length != kNoLength || !status.http11) head.keep_alive = false;
  } else if (fields.length != kNoLength) {
    head.framing = fields.length == 0 ? Framing::kNone : Framing::kLength;
    head.length = fields.length;
  } else {
    head.framing = Framing::kUntilClose;
  }
  if (head.framing == Framing::kUntilClose) head.keep_alive = false;
  return result;
}

}  // namespace loadstone::http1
