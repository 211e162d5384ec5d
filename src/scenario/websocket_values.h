// The small languages that only WebSocket scenarios have: "/data/id", "10:5s,50:5s", "100ms:5s", "1kB/s". As values.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scenario/scenario.h"

namespace loadstone::scenario {

inline constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 30;  // that max_message may allow
inline constexpr std::size_t kMaxPublishers = 1000;                    // items of publish, and of filters
inline constexpr int kMaxCycles = 1'000'000;
inline constexpr int kMaxAttempts = 1'000'000;

// Of the request that opens a WebSocket, besides those of any request: loadstone says the Sec-WebSocket-… itself.
[[nodiscard]] Status check_upgrade_header_name(std::string_view name);
// Likewise of the request that opens an event stream.
[[nodiscard]] Status check_stream_header_name(std::string_view name);
[[nodiscard]] Result<std::string> parse_subprotocol(std::string_view text);
// RFC 6901; "" is the whole message.
[[nodiscard]] Result<std::string> parse_pointer(std::string_view text);
[[nodiscard]] Result<std::string> parse_pattern(std::string_view text);
// A pattern whose first group is the id.
[[nodiscard]] Result<std::string> parse_id_pattern(std::string_view text);
// "/data/id", "re:PATTERN" or "header".
[[nodiscard]] Result<Match> parse_match(std::string_view text);
// Messages or connections per second, above 0.
[[nodiscard]] Result<double> parse_steady_rate(std::string_view text);
// "10:5s,50:5s": numbers of clients and how long they stay.
[[nodiscard]] Result<std::vector<AudienceLoad::Stage>> parse_client_stages(std::string_view text);
[[nodiscard]] Result<Recover::Drop> parse_drop(std::string_view text);
[[nodiscard]] std::string_view drop_name(Recover::Drop drop);
[[nodiscard]] Result<int> parse_cycles(std::string_view text);
[[nodiscard]] Result<int> parse_attempts(std::string_view text);
[[nodiscard]] Result<double> parse_backoff_factor(std::string_view text);
// "100ms" or "100ms:5s": the first pause and the longest.
[[nodiscard]] Result<Backoff> parse_backoff(std::string_view text);
// "never", or bytes per second: "1kB/s".
[[nodiscard]] Result<double> parse_reading(std::string_view text);
[[nodiscard]] Result<std::size_t> parse_message_size(std::string_view text);

}  // namespace loadstone::scenario
