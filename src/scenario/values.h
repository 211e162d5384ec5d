// The small languages inside a suite's values and the command line's flags: "POST /path", "Name: value",
// "100/s:1k/s", "10s@500/s", "status == 2xx". Pure functions of text; both doors use the same ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

inline constexpr int kMaxConnections = 1'000'000;
inline constexpr int kMaxStreams = 1000;
inline constexpr double kMaxRate = 1e8;                     // requests per second
inline constexpr double kMaxCount = 1e15;                   // requests of a scenario
inline constexpr Nanoseconds kMaxDuration = 24h * 366;      // of a stage or a time-out
inline constexpr std::size_t kMaxRequests = 1000;           // kinds of request in a scenario
inline constexpr std::size_t kMaxBodyBytes = 64UL << 20;    // of one request
inline constexpr std::size_t kMaxHeaderBytes = 64UL << 10;  // of all headers of one request
inline constexpr std::size_t kMaxStages = 10'000;

struct RequestLine {
  std::string method;
  std::string target;
};
// "GET /path?query"; without a method GET is meant.
[[nodiscard]] Result<RequestLine> parse_request_line(std::string_view text);
[[nodiscard]] Status check_method(std::string_view method);
[[nodiscard]] Status check_target(std::string_view target);

// "Name: value", as curl writes it.
[[nodiscard]] Result<Header> parse_header(std::string_view text);
// Whether a header of this name may be sent: a token, and none of those that loadstone must decide itself.
[[nodiscard]] Status check_header_name(std::string_view name);
// No control characters, above all no line breaks.
[[nodiscard]] Status check_header_value(std::string_view value);
[[nodiscard]] bool same_header_name(std::string_view a, std::string_view b);
// `over` put over `under`: a name that `over` has hides that of `under`.
[[nodiscard]] std::vector<Header> merge_headers(const std::vector<Header>& under, const std::vector<Header>& over);
[[nodiscard]] bool has_header(const std::vector<Header>& headers, std::string_view name);

// Requests per second, from and to; equal unless it is a ramp ("100/s:1k/s").
struct Ramp {
  double from = 0;
  double to = 0;
};
[[nodiscard]] Result<Ramp> parse_ramp(std::string_view text);

// One stage of either kind of load.
struct Stage {
  std::optional<int> users;
  std::optional<Ramp> rate;
  Nanoseconds duration{0};
};
// "10s@500/s,30s@500/s:1000/s": times of an open load; "5s@10": of a closed one (a bare number is users).
[[nodiscard]] Result<std::vector<Stage>> parse_stages(std::string_view text);

[[nodiscard]] Result<Nanoseconds> parse_any_duration(std::string_view text);
// A duration above zero.
[[nodiscard]] Result<Nanoseconds> parse_positive_duration(std::string_view text);
[[nodiscard]] Result<int> parse_connections(std::string_view text);
[[nodiscard]] Result<std::uint64_t> parse_request_count(std::string_view text);
[[nodiscard]] Result<Arrivals> parse_arrivals(std::string_view text);
[[nodiscard]] Result<Pacing> parse_pacing(std::string_view text);
// "1.1" or "2"
[[nodiscard]] Result<HttpVersion> parse_http_version(std::string_view text);
// At once on a connection.
[[nodiscard]] Result<int> parse_streams(std::string_view text);

// "200, 2xx, 200-204"
[[nodiscard]] Result<std::vector<Check::Range>> parse_statuses(std::string_view text);
// "status == 200, 404" or "body contains TEXT", added to `check`.
[[nodiscard]] Status add_check(std::string_view text, Check& check);

// What can be filled in where a text stands.
enum class Placeholders : std::uint8_t {
  kNone,
  kRequest,  // {{request.id}}
  kMessage,  // {{message.id}} and {{message.header}}
  kJourney,  // words of a journey; what they are is checked where the journey is known
};
inline constexpr std::string_view kMessageId = "{{message.id}}";
inline constexpr std::string_view kMessageHeader = "{{message.header}}";
// Refuses {{words}} that loadstone cannot fill in there. The other readers of texts leave placeholders to this one.
[[nodiscard]] Status check_placeholders(std::string_view text, Placeholders known);

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
// "name:8000", "127.0.0.1:8000", "[::1]:8000"
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);
[[nodiscard]] Result<std::string> parse_ip_address(std::string_view text);
[[nodiscard]] Result<std::string> parse_socket_path(std::string_view text);

// A command line cut as a shell would: blanks separate, '…' and "…" and \ join. Nothing is expanded; an operator of
// the shell (| > & ; …) is refused, since there is no shell to obey it.
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view text);

// Percent-encodes what may not stand in a query as it is; placeholders stay.
[[nodiscard]] std::string encode_query(std::string_view text);

// The name with everything that file systems or shells dislike replaced by '_'; never empty, never begins with a dot.
[[nodiscard]] std::string safe_file_name(std::string_view name);

}  // namespace loadstone::scenario
