// The parts of load.cc, one per file. They report what is wrong and return what they could read; whether there were
// mistakes is asked of the diagnostics at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "scenario/fields.h"
#include "scenario/load.h"
#include "scenario/values.h"

namespace loadstone::scenario {

// What the whole file shares.
struct Reading {
  config::Diagnostics& problems;
  const LoadOptions& options;
  std::string folder;  // of the suite file; body files are relative to it
};

// Keys that `defaults:` and `http:` have in common.
struct HttpSettings {
  std::vector<Header> headers;
  Check check;
  std::optional<Nanoseconds> duration;
  std::optional<Nanoseconds> warmup;
  std::optional<Nanoseconds> drain;
  std::optional<Nanoseconds> timeout;
  std::optional<Nanoseconds> connect_timeout;
  std::optional<Nanoseconds> run_timeout;
  std::optional<bool> keep_alive;
  std::optional<int> connections;
  std::optional<Arrivals> arrivals;
  std::optional<Pacing> pacing;
  std::optional<std::vector<std::string>> local_addresses;
  std::optional<std::string> unix_socket;
  std::optional<HostPort> connect_to;
  std::optional<bool> insecure;
};
[[nodiscard]] HttpSettings read_settings(Fields& fields, Reading& reading);
// What `own` leaves open is filled from `defaults`. duration, connections, arrivals and pacing are not: they belong to
// the load (see read_http).
[[nodiscard]] HttpSettings merge_settings(const HttpSettings& defaults, HttpSettings own);
void apply_endpoint(const HttpSettings& settings, Endpoint& endpoint);

// The parts of a request beside its method and path. Of an item of `requests:`, or of `http:` itself.
struct RequestPlace {
  bool is_item = false;         // weight and concurrency are allowed
  std::string base_path;        // of the target, put before every path; no '/' at its end
  std::vector<Header> headers;  // that apply unless the request has its own
  Check check;                  // likewise
};
[[nodiscard]] std::vector<Header> read_headers(const config::Node& node, config::Diagnostics& problems);
[[nodiscard]] Check read_check(const config::Node& node, config::Diagnostics& problems);
// From "GET /path" or a mapping.
[[nodiscard]] Request read_request(const config::Node& node, const RequestPlace& place, Reading& reading);
// From keys beside `request: GET /path` in `fields`, which has been read as far as settings go.
[[nodiscard]] Request read_request_fields(Fields& fields, const config::Node& node, const RequestPlace& place,
                                          Reading& reading);

// The `http:` mapping of a scenario. `endpoint` is filled but for its url.
[[nodiscard]] HttpLoad read_http(const config::Node& node, const HttpSettings& defaults, const std::string& base_path,
                                 Endpoint& endpoint, Reading& reading);

// The target's URL without its path, and the path to put before every request's.
struct BaseUrl {
  Url url;
  std::string path;
};
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view text);
[[nodiscard]] Result<BaseUrl> base_of(const Url& url);

[[nodiscard]] std::vector<metric::Target> read_expect(const config::Node& node, const Scenario& scenario,
                                                      config::Diagnostics& problems);

// `target` is where the suite's requests go, if it says so.
[[nodiscard]] Service read_service(const config::Node& node, const std::optional<Endpoint>& target,
                                   config::Diagnostics& problems);

}  // namespace loadstone::scenario
