// One connection over TLS, made and closed again while the caller waits: before and beside the measuring.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/tls_options.h"
#include "net/address.h"

namespace loadstone::net {

// Whether a handshake succeeds, within the time-out. The error says why not; it is kInvalid when trying again would be
// in vain: a certificate that is refused, a server that does not speak TLS.
[[nodiscard]] Status try_handshake(const Address& to, const TlsOptions& options, Nanoseconds timeout);

// Sends `request` and returns the first line of what comes back, without its end. At most so many bytes are looked at.
inline constexpr std::size_t kMaxTrialLine = 8192;
[[nodiscard]] Result<std::string> try_request(const Address& to, const TlsOptions& options, std::string_view request,
                                              Nanoseconds timeout);

}  // namespace loadstone::net
