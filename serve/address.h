// Addresses to listen on, and peers as text.
#pragma once

#include <sys/socket.h>

#include <string>

#include "base/result.h"

namespace serve {

struct ListenAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool any_ipv6 = false;  // "::": IPv4 clients are wanted too
};

// See Options::host.
[[nodiscard]] loadstone::Result<ListenAddress> parse_listen_address(const std::string& host, std::uint16_t port);
// "127.0.0.1:80", "[::1]:80"; IPv4 seen through an IPv6 socket is shown as IPv4; "unix" or "unix:/path" otherwise.
[[nodiscard]] std::string show_address(const sockaddr_storage& address, socklen_t size);

// A non-blocking socket that listens; the address it got is written to `bound`.
[[nodiscard]] loadstone::Result<int> listen_on(const std::string& host, std::uint16_t port, int backlog,
                                               ListenAddress& bound);

}  // namespace serve
