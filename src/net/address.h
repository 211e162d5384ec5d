// Where a socket connects to or from: an IPv4, IPv6 or unix-domain address.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace loadstone::net {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::string text() const;  // "127.0.0.1:8000", "[::1]:8000", "unix:/path"
};

// A numeric IPv4 or IPv6 address.
[[nodiscard]] Result<Address> parse_address(const std::string& numeric, std::uint16_t port);
[[nodiscard]] Result<Address> unix_address(const std::string& path);

struct Resolution {
  std::vector<Address> addresses;  // at least one, in the resolver's order of preference
  Nanoseconds took{0};
};
// Asks the system's resolver; blocks. A numeric host is not looked up.
[[nodiscard]] Result<Resolution> resolve(const std::string& host, std::uint16_t port);

// Connects and closes again; blocks up to the time-out. For finding out, before a run, which address answers.
[[nodiscard]] Status try_connect(const Address& to, Nanoseconds timeout);

}  // namespace loadstone::net
