#include "scenario/websocket_values.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/ascii.h"
#include "base/format.h"
#include "base/pattern.h"
#include "base/units.h"
#include "scenario/values.h"

namespace loadstone::scenario {
namespace {

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

struct DropName {
  std::string_view name;
  Recover::Drop drop;
};
constexpr DropName kDrops[] = {{"close", Recover::Drop::kClose},
                               {"reset", Recover::Drop::kReset},
                               {"silence", Recover::Drop::kSilence},
                               {"restart", Recover::Drop::kRestart}};

Result<int> parse_whole(std::string_view text, int most) {
  const auto count = parse_count(text);
  if (!count) return fail(count.error());
  if (*count != std::floor(*count)) return invalid("must be a whole number");
  if (*count < 1) return invalid("must be at least 1");
  if (*count > most) return invalid(format("may be at most {}", show_count(static_cast<std::uint64_t>(most))));
  return static_cast<int>(*count);
}

struct Refused {
  std::string_view name;
  std::string_view reason;
};

Status check_name_but(std::span<const Refused> refused, std::string_view name) {
  for (const auto& r : refused)
    if (same_header_name(r.name, name)) return invalid(format("the header {} cannot be set: {}", r.name, r.reason));
  return check_header_name(name);
}

}  // namespace

Status check_upgrade_header_name(std::string_view name) {
  static constexpr Refused kRefused[] = {
      {"Upgrade", "it is filled in"},
      {"Connection", "it is filled in"},
      {"Sec-WebSocket-Key", "it is filled in"},
      {"Sec-WebSocket-Version", "it is filled in"},
      {"Sec-WebSocket-Protocol", "use subprotocols"},
      {"Sec-WebSocket-Extensions", "use compression"},
      {"Sec-WebSocket-Accept", "it belongs to the answer"},
      {"Content-Length", "the request that opens a WebSocket has no body"},
  };
  return check_name_but(kRefused, name);
}

Status check_stream_header_name(std::string_view name) {
  static constexpr Refused kRefused[] = {
      {"Last-Event-ID", "it is filled in by who comes back, unless `resume` is false"},
      {"Accept-Encoding", "a compressed stream is not read"},
      {"Content-Length", "the request that opens an event stream has no body"},
  };
  return check_name_but(kRefused, name);
}

Result<std::string> parse_subprotocol(std::string_view text) {
  // RFC 6455, section 4.1: a token, as a header's name is.
  const bool is_token = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
  if (!is_token) return invalid("a subprotocol's name is one word, such as graphql-transport-ws");
  return std::string(text);
}

Result<std::string> parse_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return invalid("a JSON pointer begins with '/', such as /data/id");
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
    if (at + 1 >= text.size() || (text[at + 1] != '0' && text[at + 1] != '1'))
      return invalid("in a JSON pointer '~' is written ~0, and '/' inside a name ~1");
  return std::string(text);
}

Result<std::string> parse_pattern(std::string_view text) {
  const auto pattern = Pattern::compile(text);
  if (!pattern) return fail(pattern.error());
  return std::string(text);
}

Result<std::string> parse_id_pattern(std::string_view text) {
  const auto pattern = Pattern::compile(text);
  if (!pattern) return fail(pattern.error());
  if (pattern->groups() < 1) return invalid("the part that is the id needs brackets, such as id=([0-9]+)");
  return std::string(text);
}

Result<Match> parse_match(std::string_view text) {
  Match match;
  if (text == "header") return match;
  match.how = Match::How::kPointer;
  Result<std::string> expression;
  if (text.starts_with("re:")) {
    match.how = Match::How::kPattern;
    expression = parse_id_pattern(text.substr(3));
  } else if (text.empty() || text.front() != '/') {
    return invalid("expected a JSON pointer such as /data/id, a pattern such as re:id=([0-9]+), or header");
  } else {
    expression = parse_pointer(text);
  }
  if (!expression) return fail(expression.error());
  match.expression = std::move(*expression);
  return match;
}

Result<double> parse_steady_rate(std::string_view text) {
  const auto rate = parse_rate(text);
  if (!rate) return rate;
  if (*rate <= 0) return invalid("a rate must be above 0");
  if (*rate > kMaxRate) return invalid(format("a rate may be at most {}", show_quantity(kMaxRate, Unit::kPerSecond)));
  return rate;
}

Result<std::vector<AudienceLoad::Stage>> parse_client_stages(std::string_view text) {
  std::vector<AudienceLoad::Stage> stages;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos)
      return invalid(format("'{}' is not a stage; expected CLIENTS:TIME such as 50:10s", part));
    const auto clients = parse_connections(part.substr(0, colon));
    if (!clients) return fail(clients.error().within(format("in '{}'", part)));
    const auto duration = parse_positive_duration(part.substr(colon + 1));
    if (!duration) return fail(duration.error().within(format("in '{}'", part)));
    stages.push_back({*clients, *duration});
    if (stages.size() > kMaxStages) return invalid(format("more than {} stages", kMaxStages));
    if (comma == std::string_view::npos) return stages;
    text.remove_prefix(comma + 1);
  }
}

Result<Recover::Drop> parse_drop(std::string_view text) {
  for (const auto& known : kDrops)
    if (known.name == text) return known.drop;
  return invalid("expected close, reset, silence or restart");
}

std::string_view drop_name(Recover::Drop drop) { return kDrops[static_cast<std::size_t>(drop)].name; }

Result<int> parse_cycles(std::string_view text) { return parse_whole(text, kMaxCycles); }
Result<int> parse_attempts(std::string_view text) { return parse_whole(text, kMaxAttempts); }

Result<double> parse_backoff_factor(std::string_view text) {
  const auto factor = parse_count(text);
  if (!factor) return factor;
  if (*factor < 1 || *factor > 100) return invalid("must be from 1 (equal pauses) to 100");
  return factor;
}

Result<Backoff> parse_backoff(std::string_view text) {
  Backoff backoff;
  const std::size_t colon = text.find(':');
  const auto first = parse_any_duration(text.substr(0, colon));
  if (!first) return fail(first.error());
  backoff.first = *first;
  backoff.longest = std::max(backoff.longest, *first);
  if (colon == std::string_view::npos) return backoff;
  const auto longest = parse_any_duration(text.substr(colon + 1));
  if (!longest) return fail(longest.error());
  if (*longest < *first) return invalid("the longest pause, after the colon, is shorter than the first");
  backoff.longest = *longest;
  return backoff;
}

Result<double> parse_reading(std::string_view text) {
  if (text == "never") return 0.0;
  constexpr std::string_view kExpected = "expected never, or bytes per second such as 1kB/s";
  if (!text.ends_with("/s")) return invalid(std::string(kExpected));
  const auto bytes = parse_bytes(text.substr(0, text.size() - 2));
  if (!bytes) return invalid(std::string(kExpected));
  if (*bytes < 1) return invalid("less than a byte a second; to read nothing say never");
  return bytes;
}

Result<std::size_t> parse_message_size(std::string_view text) {
  const auto bytes = parse_bytes(text);
  if (!bytes) return fail(bytes.error());
  if (*bytes < 1) return invalid("must be at least 1 byte");
  if (*bytes > static_cast<double>(kMaxMessageBytes)) return invalid("may be at most 1 GiB");
  return static_cast<std::size_t>(*bytes);
}

}  // namespace loadstone::scenario
