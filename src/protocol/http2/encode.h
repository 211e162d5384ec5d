// A request in HTTP/2's form (RFC 9113 section 8.3.1), made ready before the run: which fields it has and where they
// lie in its bytes. What they look like on the wire depends on the connection (HPACK), so that is left to the codec.
#pragma once

#include "protocol/request.h"

namespace loadstone::http2 {

// Fills in the pseudo-fields, with a Host among the headers as :authority, and like HTTP/1.1 User-Agent and
// Content-Length. Names become small letters. Fields that
// speak of HTTP/1.1's connection (section 8.2.2) must not be there.
[[nodiscard]] protocol::PreparedRequest encode(const protocol::RequestParts& parts);

}  // namespace loadstone::http2
