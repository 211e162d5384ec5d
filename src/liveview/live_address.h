// Where the live page listens, and who may look.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadstone::liveview {

struct LiveAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel chooses

  // Only programs of this machine can reach it.
  [[nodiscard]] bool is_loopback() const;
};

// "", "8080", "0.0.0.0", "0.0.0.0:8080", "[::1]:8080", "localhost:8080".
[[nodiscard]] Result<LiveAddress> parse_live_address(std::string_view text);

// Whether a Host header names this machine's loopback: another name that leads here would let a page of that name read
// along (DNS rebinding).
[[nodiscard]] bool names_loopback(std::string_view host_header);

// 128 random bits in hexadecimal.
[[nodiscard]] std::string make_token();
// In a time that does not tell how much of it was right.
[[nodiscard]] bool same_token(std::string_view a, std::string_view b);

}  // namespace loadstone::liveview
