// Whether a service answers yet, asked while the caller waits: before and beside the measuring, never part of it.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "scenario/scenario.h"

namespace loadstone::service {

// Opens a connection and closes it again. The error says why not: "connection refused".
[[nodiscard]] Status can_connect(const scenario::Endpoint& endpoint, Nanoseconds timeout);

// Sends one request and reads the status; an error unless it is below 500 and not 202. With an empty target a
// connection is enough. Over TLS when the endpoint says so; the error is kInvalid when asking again would be in vain,
// for example because the certificate is refused.
[[nodiscard]] Status is_ready(const scenario::Endpoint& endpoint, std::string_view method, std::string_view target,
                              Nanoseconds timeout);

// "127.0.0.1:8000", or the path of a Unix socket: where a connection would go.
[[nodiscard]] std::string where(const scenario::Endpoint& endpoint);

}  // namespace loadstone::service
