// A request in HTTP/1.1's form, encoded once before the run.
#pragma once

#include "protocol/request.h"

namespace loadstone::http1 {

using protocol::RequestParts;

// Fills in Host, User-Agent, Content-Length (where there is a body, or the method usually has one) and, without
// keep-alive, Connection: close. {{request.id}} in target, header values and body becomes a hole for the request's
// number.
[[nodiscard]] protocol::PreparedRequest encode(const RequestParts& parts);

}  // namespace loadstone::http1
