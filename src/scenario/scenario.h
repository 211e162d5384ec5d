// What the user asked for: the vocabulary of a test, as plain values. Made by load.h from a suite file, or by the
// command line; checked when made, and never changed afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secrets.h"
#include "base/tls_options.h"
#include "base/url.h"
#include "metric/metric.h"
#include "scenario/audience_load.h"
#include "scenario/http_load.h"

namespace loadstone::scenario {

// Where requests go.
struct Endpoint {
  Url url;                                   // scheme, host and port; the target part is the base path, usually "/"
  std::string unix_socket;                   // path; when set, host and port are only for the Host header
  std::string connect_to_host;               // when set, connect there instead of to url.host
  std::uint16_t connect_to_port = 0;         // when not 0
  std::vector<std::string> local_addresses;  // connections take turns; empty lets the kernel choose
  // Of an https target. A host in it is a server name instead of the URL's.
  TlsOptions tls;
};

// What TLS to an endpoint is like; nothing when it is plain.
[[nodiscard]] std::optional<TlsOptions> tls_to(const Endpoint& endpoint);

// The service under test, when the suite starts it.
struct Service {
  std::vector<std::string> command;                              // program and arguments; no shell
  std::string directory;                                         // working directory; empty means loadstone's own
  std::vector<std::pair<std::string, std::string>> environment;  // added to loadstone's own
  std::string ready_method = "GET";
  Endpoint endpoint;         // where it answers when it is ready: the suite's target, or a port of this machine
  std::string ready_target;  // answered below 500 and not 202 means ready; empty: a connection can be opened
  Nanoseconds ready_timeout{30s};
  Nanoseconds stop_timeout{10s};  // from SIGTERM to SIGKILL
};

struct Scenario {
  std::string name;
  Endpoint endpoint;
  std::variant<HttpLoad, AudienceLoad> kind;  // one alternative per kind of scenario
  std::vector<metric::Target> targets;
  Secrets secrets;       // what may not be shown of what the suite was given
  bool profile = false;  // profile the service in another run of the same load, after the measured one
};

// Of whichever kind it is: see http_load.h and audience_load.h.
[[nodiscard]] std::string describe_load(const Scenario& scenario);
[[nodiscard]] std::optional<Nanoseconds> planned_duration(const Scenario& scenario);
[[nodiscard]] Nanoseconds warmup(const Scenario& scenario);
[[nodiscard]] std::string_view kind_name(const Scenario& scenario);  // "http", as in suites and results

// Where `loadstone probe --listen` runs on the machine of a service that is not on this one.
struct ProbeAddress {
  std::string host;
  std::uint16_t port = 0;
};

struct Suite {
  std::string name;
  std::string file;  // as the user named it; empty for a one-liner
  std::optional<Service> service;
  std::optional<ProbeAddress> probe;  // not when there is a `service`
  std::vector<Scenario> scenarios;
};

}  // namespace loadstone::scenario
