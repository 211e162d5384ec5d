// The parts of load.cc, one per file. They report what is wrong and return what they could read; whether there were
// mistakes is asked of the diagnostics at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "scenario/fields.h"
#include "scenario/load.h"
#include "scenario/tls_choices.h"
#include "scenario/values.h"

namespace loadstone::scenario {

// What the whole file shares.
struct Reading {
  config::Diagnostics& problems;
  const LoadOptions& options;
  std::string folder;  // of the suite file; body files are relative to it
  Secrets secrets{};
  std::string other_problems{};  // of files that the suite names, as text for a person
};

// Keys that `defaults:` has in common with `http:`, and for the most part with `websocket:` and `event_stream:`.
struct Settings {
  std::vector<Header> headers;  // with what `auth:` amounts to, unless that has words of a journey in it
  std::optional<Request::Credentials> credentials;
  Check check;
  std::optional<Nanoseconds> duration;
  std::optional<Nanoseconds> warmup;
  std::optional<Nanoseconds> drain;
  std::optional<Nanoseconds> timeout;
  std::optional<Nanoseconds> connect_timeout;
  std::optional<Nanoseconds> run_timeout;
  std::optional<bool> keep_alive;
  std::optional<HttpVersion> version;
  std::optional<int> streams;
  std::optional<int> connections;
  std::optional<Arrivals> arrivals;
  std::optional<Pacing> pacing;
  std::optional<std::vector<std::string>> local_addresses;
  std::optional<std::string> unix_socket;
  std::optional<HostPort> connect_to;
  TlsChoices tls;
};
// Files are relative to `folder`.
[[nodiscard]] Settings read_settings(Fields& fields, Reading& reading, Placeholders words = Placeholders::kRequest);
// Those that every kind of scenario has: how long it runs, and how its connections are made.
void read_running_settings(Fields& fields, const std::string& folder, Settings& settings);
// `tls:` and `insecure:`
[[nodiscard]] TlsChoices read_tls(Fields& fields, const std::string& folder);
// What `own` leaves open is filled from `defaults`. duration, connections, arrivals and pacing are not: they belong to
// the load.
[[nodiscard]] Settings merge_settings(const Settings& defaults, Settings own);
void apply_endpoint(const Settings& settings, Endpoint& endpoint);

// `auth:` as the header it amounts to, put into `headers` where there is no other Authorization; or, if user or
// password of basic authentication have words of a journey in them, into `credentials`.
void read_auth(Fields& fields, Placeholders words, std::vector<Header>& headers,
               std::optional<Request::Credentials>& credentials, Reading& reading);
// What the suite was given by variables and may not be shown, by the names of the variables and of the keys that they
// stand under; `root` as written, before its variables are put in.
[[nodiscard]] Secrets find_secrets(const config::Node& root, const config::Variables& variables);

// Which headers a mapping may hold.
struct HeaderRules {
  Placeholders placeholders = Placeholders::kNone;
  Status (*check_name)(std::string_view) = check_header_name;
};
[[nodiscard]] std::vector<Header> read_headers(const config::Node& node, const HeaderRules& rules,
                                               config::Diagnostics& problems);
[[nodiscard]] Check read_check(const config::Node& node, config::Diagnostics& problems);

// The parts of a request beside its method and path. Of an item of `requests:`, or of `http:` itself.
struct RequestPlace {
  bool is_item = false;                               // weight and concurrency are allowed
  std::string base_path;                              // of the target, put before every path; no '/' at its end
  std::vector<Header> headers;                        // that apply unless the request has its own
  Check check;                                        // likewise
  std::optional<Request::Credentials> credentials{};  // likewise
  bool is_step = false;  // of a journey, who reads its check and what else belongs to a step
  Placeholders placeholders = Placeholders::kRequest;
};
// From "GET /path" or a mapping.
[[nodiscard]] Request read_request(const config::Node& node, const RequestPlace& place, Reading& reading);
// From keys beside `request: GET /path` in `fields`, which has been read as far as settings go.
[[nodiscard]] Request read_request_fields(Fields& fields, const config::Node& node, const RequestPlace& place,
                                          Reading& reading);
// Likewise from keys beside `websocket: /path`: the request that opens the connection.
[[nodiscard]] Request read_opening_fields(Fields& fields, const RequestPlace& place, Reading& reading);

// `steps:` or `journeys:` of an `http:` mapping, and what belongs to them, into `http.requests` and `http.script`.
// `think` is the pause after a step that has none of its own. Users are as many as `most_users`, or none at a rate.
struct JourneyPlace {
  RequestPlace request;
  Nanoseconds think{0};
  std::optional<int> most_users;
};
void read_journeys(Fields& fields, const JourneyPlace& place, HttpLoad& http, Reading& reading);
// Of a step with `websocket:`: what it says and what it waits for, the former into `request.body`. `await` may hold the
// words that are known before the step.
[[nodiscard]] journey::Speech read_speech(Fields& fields, const journey::Vocabulary& vocabulary, Request& request,
                                          config::Diagnostics& problems);
// Reports the keys of such a step where there is no `websocket:`.
void refuse_speech(Fields& fields);
// "/type == welcome": where in an answer or a message something stands, and what must hold of it; `key` is what it is
// for.
[[nodiscard]] std::optional<journey::Expectation> read_expectation(const config::Node& node, std::string_view key,
                                                                   const journey::Vocabulary& vocabulary,
                                                                   config::Diagnostics& problems);
// Reports a place that a message does not have: a header, a status.
void check_is_of_message(const journey::Lookup& place, std::string_view key, config::Span where,
                         config::Diagnostics& problems);
// Whether an `http:` mapping is about journeys.
[[nodiscard]] bool has_journeys(const Fields& fields);

// The `http:` mapping of a scenario. `endpoint` is filled but for its url.
[[nodiscard]] HttpLoad read_http(const config::Node& node, const Settings& defaults, const std::string& base_path,
                                 Endpoint& endpoint, Reading& reading);
// The `websocket:` mapping of a scenario; likewise.
[[nodiscard]] AudienceLoad read_websocket(const config::Node& node, const Settings& defaults,
                                          const std::string& base_path, Endpoint& endpoint, Reading& reading);
// The `event_stream:` mapping; likewise.
[[nodiscard]] AudienceLoad read_event_stream(const config::Node& node, const Settings& defaults,
                                             const std::string& base_path, Endpoint& endpoint, Reading& reading);

// The target's URL without its path, and the path to put before every request's.
struct BaseUrl {
  Url url;
  std::string path;
};
[[nodiscard]] Result<BaseUrl> parse_base_url(std::string_view text);
[[nodiscard]] Result<BaseUrl> base_of(const Url& url);

// All durations of a load times `scale`, at least a millisecond each: stages, warm-up, run time-out. What a number of
// messages needs is not made shorter.
void scale_durations(Scenario& scenario, double scale);

[[nodiscard]] std::vector<metric::Target> read_expect(const config::Node& node, const Scenario& scenario,
                                                      config::Diagnostics& problems);

// `target` is where the suite's requests go, if it says so.
// Either the command that starts it, or the probe that watches one which runs already.
void read_service(const config::Node& node, const std::optional<Endpoint>& target, std::optional<Service>& service,
                  std::optional<ProbeAddress>& probe, config::Diagnostics& problems);
// Program and arguments: a list, or a text that is cut as a shell would.
[[nodiscard]] std::vector<std::string> read_command(const config::Node& node, config::Diagnostics& problems);

}  // namespace loadstone::scenario
