#include "scenario/values.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "base/ascii.h"
#include "base/format.h"
#include "base/units.h"

namespace loadstone::scenario {
namespace {

constexpr std::string_view kRawWord = "{{raw:";
constexpr std::string_view kRequestWords[] = {"request.id"};
constexpr std::string_view kMessageWords[] = {"message.id", "message.header"};

std::span<const std::string_view> words_of(Placeholders known) {
  switch (known) {
    case Placeholders::kNone:
    case Placeholders::kJourney:
      break;
    case Placeholders::kRequest:
      return kRequestWords;
    case Placeholders::kMessage:
      return kMessageWords;
  }
  return {};
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::optional<int> whole_number(std::string_view s) {
  int value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (s.empty() || !is_digit(s.front()) || error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(trim(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// "{{name}}" at the front of a text, or nothing.
std::string_view placeholder_at(std::string_view text) {
  if (!text.starts_with("{{")) return {};
  const std::size_t end = text.find("}}");
  if (end == std::string_view::npos) return {};
  std::string_view inside = text.substr(2, end - 2);
  const bool is_range = inside.starts_with("random:");
  for (const std::string_view prefix : {"raw:", "random:"})
    if (inside.starts_with(prefix)) inside.remove_prefix(prefix.size());
  const bool is_word = !inside.empty() && std::all_of(inside.begin(), inside.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || (is_range && c == '-');
  });
  return is_word ? text.substr(0, end + 2) : std::string_view();
}

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

}  // namespace

Status check_method(std::string_view method) {
  if (!is_token(method)) return invalid("a method is one word, such as GET or POST");
  if (method == "CONNECT") return invalid("CONNECT opens a tunnel, which cannot be measured");
  if (std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    std::string upper(method);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return invalid(format("methods are upper case: {}", upper));
  }
  return {};
}

Status check_target(std::string_view target) {
  // What an answer gave may be a whole path.
  if (!target.starts_with('/') && !target.starts_with(kRawWord)) return invalid("a path must begin with '/'");
  if (!is_request_target(target.starts_with('/') ? target : "/" + std::string(target)))
    return invalid("a path may hold visible ASCII only, without '#'; write a blank as %20");
  return {};
}

Result<RequestLine> parse_request_line(std::string_view text) {
  text = trim(text);
  RequestLine line{"GET", std::string(text)};
  if (!text.starts_with('/') && !text.starts_with(kRawWord)) {
    const std::size_t blank = text.find_first_of(" \t");
    if (blank == std::string_view::npos) {
      if (text.find("://") != std::string_view::npos)
        return invalid("expected a path; the scheme and host belong in `target:`");
      return invalid("expected a method and a path, such as GET /health");
    }
    line = {std::string(text.substr(0, blank)), std::string(trim(text.substr(blank)))};
  }
  if (const auto ok = check_method(line.method); !ok) return fail(ok.error());
  if (line.target.find("://") != std::string::npos && !line.target.starts_with('/'))
    return invalid("expected a path; the scheme and host belong in `target:`");
  if (const auto ok = check_target(line.target); !ok) return fail(ok.error());
  return line;
}

Result<Header> parse_header(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return invalid("expected a header such as 'Accept: text/plain'");
  Header header{std::string(text.substr(0, colon)), std::string(trim(text.substr(colon + 1)))};
  if (const auto ok = check_header_name(header.name); !ok) return fail(ok.error());
  if (const auto ok = check_header_value(header.value); !ok) return fail(ok.error());
  return header;
}

Status check_header_name(std::string_view name) {
  if (!is_token(name)) return invalid("a header's name holds letters, digits and -, no blanks");
  struct Refused {
    std::string_view name;
    std::string_view reason;
  };
  static constexpr Refused kRefused[] = {
      {"Transfer-Encoding", "bodies are sent with Content-Length"},
      {"Connection", "whether connections are kept is decided by keep_alive"},
      {"Expect", "waiting for 100 Continue is not supported"},
      {"Upgrade", "which protocol is spoken follows from the kind of test"},
  };
  for (const auto& refused : kRefused)
    if (same_header_name(refused.name, name))
      return invalid(format("the header {} cannot be set: {}", refused.name, refused.reason));
  return {};
}

Status check_header_value(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7F)
      return invalid("the value of a header may not hold control characters, such as a line break");
  }
  return {};
}

bool same_header_name(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

bool has_header(const std::vector<Header>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) { return same_header_name(h.name, name); });
}

std::vector<Header> merge_headers(const std::vector<Header>& under, const std::vector<Header>& over) {
  std::vector<Header> merged;
  for (const Header& h : under)
    if (!has_header(over, h.name)) merged.push_back(h);
  merged.insert(merged.end(), over.begin(), over.end());
  return merged;
}

Result<Ramp> parse_ramp(std::string_view text) {
  const auto ends = split(text, ':');
  if (ends.size() > 2) return invalid("expected a rate such as 500/s, or a ramp such as 100/s:1000/s");
  const auto from = parse_rate(ends.front());
  if (!from) return fail(from.error());
  const auto to = parse_rate(ends.back());
  if (!to) return fail(to.error());
  if (*from <= 0 && *to <= 0) return invalid("a rate must be above 0");
  if (*from > kMaxRate || *to > kMaxRate)
    return invalid(format("a rate may be at most {}", show_quantity(kMaxRate, Unit::kPerSecond)));
  return Ramp{*from, *to};
}

Result<std::vector<Stage>> parse_stages(std::string_view text) {
  std::vector<Stage> stages;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t at = part.find('@');
    if (at == std::string_view::npos)
      return invalid(format(
          "'{}' is not a stage; expected DURATION@RATE such as 10s@500/s, or DURATION@USERS such as 10s@20", part));
    Stage stage;
    const auto duration = parse_positive_duration(part.substr(0, at));
    if (!duration) return fail(duration.error().within(format("in '{}'", part)));
    stage.duration = *duration;
    const std::string_view load = trim(part.substr(at + 1));
    if (whole_number(load)) {
      const auto users = parse_connections(load);
      if (!users) return fail(users.error().within(format("in '{}'", part)));
      stage.users = *users;
    } else {
      const auto rate = parse_ramp(load);
      if (!rate) return fail(rate.error().within(format("in '{}'", part)));
      stage.rate = *rate;
    }
    stages.push_back(stage);
    if (stages.size() > kMaxStages) return invalid(format("more than {} stages", kMaxStages));
  }
  return stages;
}

Result<Nanoseconds> parse_any_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (duration && *duration > kMaxDuration) return invalid("may be at most a year");
  return duration;
}

Result<Nanoseconds> parse_positive_duration(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) return duration;
  if (*duration <= Nanoseconds(0)) return invalid("must be longer than 0");
  if (*duration > kMaxDuration) return invalid("may be at most a year");
  return duration;
}

Result<int> parse_connections(std::string_view text) {
  const auto count = parse_count(text);
  if (!count) return fail(count.error());
  if (*count != std::floor(*count)) return invalid("must be a whole number");
  if (*count < 1) return invalid("must be at least 1");
  if (*count > kMaxConnections) return invalid(format("may be at most {}", show_count(kMaxConnections)));
  return static_cast<int>(*count);
}

Result<std::uint64_t> parse_request_count(std::string_view text) {
  const auto count = parse_count(text);
  if (!count) return fail(count.error());
  if (*count != std::floor(*count)) return invalid("must be a whole number");
  if (*count < 1) return invalid("must be at least 1");
  if (*count > kMaxCount)
    return invalid(format("may be at most {}", show_count(static_cast<std::uint64_t>(kMaxCount))));
  return static_cast<std::uint64_t>(*count);
}

Result<Arrivals> parse_arrivals(std::string_view text) {
  if (text == "poisson") return Arrivals::kPoisson;
  if (text == "uniform") return Arrivals::kUniform;
  return invalid("expected poisson or uniform");
}

Result<Pacing> parse_pacing(std::string_view text) {
  if (text == "coalesced") return Pacing::kCoalesced;
  if (text == "precise") return Pacing::kPrecise;
  if (text == "spinning") return Pacing::kSpinning;
  return invalid("expected coalesced, precise or spinning");
}

Result<HttpVersion> parse_http_version(std::string_view text) {
  if (text == "1.1") return HttpVersion::k1_1;
  if (text == "2") return HttpVersion::k2;
  return invalid("expected 1.1 or 2");
}

Result<int> parse_streams(std::string_view text) {
  auto count = parse_connections(text);
  if (count && *count > kMaxStreams) return invalid(format("may be at most {}", show_count(kMaxStreams)));
  return count;
}

Result<std::vector<Check::Range>> parse_statuses(std::string_view text) {
  std::vector<Check::Range> ranges;
  for (const std::string_view part : split(text, ',')) {
    if (part.size() == 3 && part.substr(1) == "xx" && part[0] >= '1' && part[0] <= '5') {
      const int hundred = (part[0] - '0') * 100;
      ranges.push_back({hundred, hundred + 99});
      continue;
    }
    const std::size_t dash = part.find('-');
    const auto low = whole_number(trim(part.substr(0, dash)));
    const auto high = dash == std::string_view::npos ? low : whole_number(trim(part.substr(dash + 1)));
    if (!low || !high || *low < 100 || *high > 999 || *low > *high)
      return invalid(format("'{}' is not a status; expected 200, 2xx, 200-204, or several with commas", part));
    ranges.push_back({*low, *high});
  }
  return ranges;
}

Status add_check(std::string_view text, Check& check) {
  constexpr std::string_view kExpected =
      "expected 'status == 200' (also 2xx, 200-204, several with commas) or 'body contains TEXT'";
  text = trim(text);
  constexpr std::string_view kContains = "body contains ";
  if (text.starts_with(kContains)) {
    const std::string_view wanted = trim(text.substr(kContains.size()));
    if (wanted.empty()) return invalid("the text that the body must contain is missing");
    check.body_contains.emplace_back(wanted);
    return {};
  }
  if (!text.starts_with("status")) return invalid(std::string(kExpected));
  std::string_view rest = trim(text.substr(6));
  if (!rest.starts_with("==")) return invalid(std::string(kExpected));
  if (!check.status.empty()) return invalid("the status is checked twice; write the accepted ones in one, with commas");
  auto ranges = parse_statuses(trim(rest.substr(2)));
  if (!ranges) return fail(ranges.error());
  check.status = std::move(*ranges);
  return {};
}

Status check_placeholders(std::string_view text, Placeholders placeholders) {
  if (placeholders == Placeholders::kJourney) return {};
  const auto known = words_of(placeholders);
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at + 2)) {
    const std::size_t end = text.find("}}", at);
    if (end == std::string_view::npos) return {};
    const std::string_view inside = text.substr(at + 2, end - at - 2);
    std::string_view name = trim(inside);
    if (name.starts_with("raw:")) name.remove_prefix(4);
    const bool is_name = !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
      return is_letter(c) || is_digit(c) || c == '.' || c == '_';
    });
    if (!is_name) continue;  // not ours: a template language's own braces
    if (std::find(known.begin(), known.end(), inside) != known.end()) continue;
    const std::string nothing = format("there is nothing to put in for {{{{{}}}}}", inside);
    if (known.empty()) return invalid(nothing + " here");
    if (const std::string_view near = nearest_word(name, known); !near.empty())
      return invalid(format("{}; did you mean {{{{{}}}}}?", nothing, near));
    return invalid(nothing + (placeholders == Placeholders::kRequest
                                  ? "; known is {{request.id}}"
                                  : "; known are {{message.id}} and {{message.header}}"));
  }
  return {};
}

Result<HostPort> parse_host_port(std::string_view text) {
  constexpr std::string_view kExpected = "expected HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return invalid(std::string(kExpected));
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  const auto port = whole_number(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return invalid("a port is a number from 1 to 65535");
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  if (is_ipv6 != has_brackets) return invalid(std::string(kExpected));
  if (is_ipv6 && !parse_ip_address(host)) return invalid(std::string(kExpected));
  const bool is_name = !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
  if (!is_ipv6 && !is_name) return invalid(std::string(kExpected));
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

Result<std::string> parse_ip_address(std::string_view text) {
  const std::string address(trim(text));
  in6_addr bytes{};
  if (inet_pton(AF_INET, address.c_str(), &bytes) == 1 || inet_pton(AF_INET6, address.c_str(), &bytes) == 1)
    return address;
  return invalid("expected an IP address, such as 127.0.0.2 or ::1");
}

Result<std::string> parse_socket_path(std::string_view text) {
  if (text.empty()) return invalid("the path of the socket is missing");
  if (text.size() >= sizeof(sockaddr_un::sun_path))
    return invalid(format("longer than the {} bytes that a socket's path may have", sizeof(sockaddr_un::sun_path) - 1));
  return std::string(text);
}

Result<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else if (c == '\'' || c == '"') {
      in_word = true;
      std::size_t end = i + 1;
      for (; end < text.size() && text[end] != c; ++end) {
        if (c == '"' && text[end] == '\\' && end + 1 < text.size() && (text[end + 1] == '"' || text[end + 1] == '\\'))
          ++end;
        word.push_back(text[end]);
      }
      if (end >= text.size()) return invalid(format("the quote {} is never closed", c));
      i = end;
    } else if (c == '\\') {
      if (i + 1 >= text.size()) return invalid("a \\ at the end of the command");
      in_word = true;
      word.push_back(text[++i]);
    } else if (std::string_view("|&;<>`()$").find(c) != std::string_view::npos) {
      return invalid(format("'{}' means something only to a shell; quote it, or run one: [sh, -c, \"...\"]", c));
    } else {
      in_word = true;
      word.push_back(c);
    }
  }
  if (in_word) words.push_back(std::move(word));
  if (words.empty() || words.front().empty()) return invalid("the program is missing");
  return words;
}

std::string encode_query(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::string_view placeholder = placeholder_at(text.substr(i)); !placeholder.empty()) {
      out += placeholder;
      i += placeholder.size() - 1;
      continue;
    }
    const char c = text[i];
    if (is_letter(c) || is_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos)
      out.push_back(c);  // RFC 3986, section 2.3: unreserved
    else
      out += format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string safe_file_name(std::string_view name) {
  constexpr std::size_t kMaxLength = 100;
  std::string out;
  for (const char c : name.substr(0, kMaxLength))
    out.push_back(is_letter(c) || is_digit(c) || c == '-' || c == '_' || (c == '.' && !out.empty()) ? c : '_');
  return out.empty() ? "_" : out;
}

}  // namespace loadstone::scenario
