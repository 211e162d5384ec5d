// The parts of load_websocket.cc. Like those of load_parts.h they report what is wrong and return what they could read.
#pragma once

#include <string>
#include <vector>

#include "scenario/load_parts.h"

namespace loadstone::scenario {

// What publishing takes from the scenario and the defaults.
struct PublishPlace {
  RequestPlace request;
  std::optional<Arrivals> arrivals;  // unless a publisher says its own
};
// `publish:`, one mapping or a list of them.
[[nodiscard]] std::vector<Publish> read_publish(const config::Node& node, const PublishPlace& place, Reading& reading);
[[nodiscard]] Echo read_echo(const config::Node& node, const Settings& defaults, config::Diagnostics& problems);
[[nodiscard]] Match read_match(const config::Node& node, config::Diagnostics& problems);

[[nodiscard]] Recover read_recover(const config::Node& node, config::Diagnostics& problems);
[[nodiscard]] Churn read_churn(const config::Node& node, config::Diagnostics& problems);
[[nodiscard]] SlowReaders read_slow(const config::Node& node, config::Diagnostics& problems);
[[nodiscard]] Compression read_compression(const config::Node& node, config::Diagnostics& problems);
// `publishers` are those of the scenario.
[[nodiscard]] std::vector<Filter> read_filters(const config::Node& node, const std::string& base_path,
                                               const std::vector<Publish>& publishers, config::Diagnostics& problems);

// The path that a WebSocket is opened at, with the target's own before it.
[[nodiscard]] std::optional<std::string> read_path(Fields& fields, const std::string& base_path);
// Offered to the service, in order of preference.
[[nodiscard]] std::vector<std::string> read_subprotocols(Fields& fields);
// What a client says when it is open: a text, or anything else as compact JSON.
[[nodiscard]] std::string read_on_open(Fields& fields);

}  // namespace loadstone::scenario
