#include "liveview/live_address.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "base/format.h"

namespace loadstone::liveview {
namespace {

bool is_loopback_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8, and nothing that only begins like it (127.0.0.1.example.org).
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Host and port as written; a colon inside brackets, or one of several, belongs to an IPv6 address.
std::pair<std::string_view, std::string_view> split(std::string_view text) {
  if (is_number(text)) return {{}, text};
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (text.starts_with('[') ? text.find(']') + 1 == colon : text.find(':') == colon);
  return has_port ? std::pair{text.substr(0, colon), text.substr(colon + 1)} : std::pair{text, std::string_view{}};
}

}  // namespace

bool LiveAddress::is_loopback() const { return is_loopback_host(host); }

Result<LiveAddress> parse_live_address(std::string_view text) {
  LiveAddress address;
  const auto [host, port] = split(text);
  if (!host.empty()) address.host = host;
  if (port.empty() && text.ends_with(':')) return fail(ErrorCode::kInvalid, "the port is missing after ':'");
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc() || end != port.data() + port.size())
      return fail(ErrorCode::kInvalid, "expected an address such as 127.0.0.1:8080, 0.0.0.0, [::1]:8080 or a port");
  }
  if (address.host.find_first_of(" /?#@") != std::string::npos)
    return fail(ErrorCode::kInvalid, "expected an address such as 127.0.0.1:8080, not a URL");
  return address;
}

bool names_loopback(std::string_view host_header) { return is_loopback_host(split(host_header).first); }

std::string make_token() {
  std::random_device random;
  return format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

bool same_token(std::string_view a, std::string_view b) {
  unsigned different = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    different |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return different == 0;
}

}  // namespace loadstone::liveview
