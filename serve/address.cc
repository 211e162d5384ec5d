#include "serve/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.h"

namespace serve {

using loadstone::ErrorCode;
using loadstone::fail;
using loadstone::format;

namespace {

constexpr std::string_view kUnix = "unix:";

ListenAddress ipv4(in_addr address, std::uint16_t port) {
  ListenAddress a;
  auto* in = reinterpret_cast<sockaddr_in*>(&a.storage);
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  in->sin_addr = address;
  a.size = sizeof *in;
  return a;
}

// A socket file that nobody listens on any more is what a killed server leaves behind; only that is removed.
void remove_stale(const ListenAddress& address) {
  const auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
  struct stat st{};
  if (::lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) return;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  const bool dead = ::connect(probe, reinterpret_cast<const sockaddr*>(un), address.size) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  if (dead) ::unlink(un->sun_path);
}

loadstone::Result<int> listen_at(const ListenAddress& address, int backlog) {
  const int family = address.storage.ss_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorCode::kUnavailable, std::strerror(errno));
  const int on = 1;
  const int off = 0;
  if (family != AF_UNIX) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.any_ipv6 ? &off : &on, sizeof on);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(fd, backlog) != 0) {
    const int error = errno;
    ::close(fd);
    const char* why = error == EADDRINUSE      ? "the address is in use"
                      : error == EACCES        ? "no permission"
                      : error == EADDRNOTAVAIL ? "not an address of this machine"
                                               : std::strerror(error);
    return fail(ErrorCode::kUnavailable, why);
  }
  return fd;
}

}  // namespace

loadstone::Result<ListenAddress> parse_listen_address(const std::string& text, std::uint16_t port) {
  if (text.starts_with(kUnix)) {
    ListenAddress a;
    auto* un = reinterpret_cast<sockaddr_un*>(&a.storage);
    const std::string path = text.substr(kUnix.size());
    if (path.empty() || path.size() >= sizeof un->sun_path)
      return fail(ErrorCode::kInvalid,
                  format("'{}': the path of a unix socket has 1 to {} bytes", text, sizeof un->sun_path - 1));
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, path.c_str(), path.size() + 1);
    a.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return a;
  }
  std::string host = text == "localhost" ? "127.0.0.1" : text;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return ipv4(four, port);
  in6_addr six{};
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    ListenAddress a;
    auto* in = reinterpret_cast<sockaddr_in6*>(&a.storage);
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(port);
    in->sin6_addr = six;
    a.size = sizeof *in;
    a.any_ipv6 = IN6_IS_ADDR_UNSPECIFIED(&six);
    return a;
  }
  return fail(ErrorCode::kInvalid,
              format("'{}' is not an address to listen on: expected one such as 127.0.0.1, ::, localhost or "
                     "unix:/run/service.sock",
                     text));
}

std::string show_address(const sockaddr_storage& address, socklen_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    return format("{}:{}", text, ntohs(in->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
    if (IN6_IS_ADDR_V4MAPPED(&in->sin6_addr)) {
      ::inet_ntop(AF_INET, in->sin6_addr.s6_addr + 12, text, sizeof text);
      return format("{}:{}", text, ntohs(in->sin6_port));
    }
    ::inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    return format("[{}]:{}", text, ntohs(in->sin6_port));
  }
  const auto* un = reinterpret_cast<const sockaddr_un*>(&address);
  if (size > offsetof(sockaddr_un, sun_path) && un->sun_path[0] != '\0') return format("unix:{}", un->sun_path);
  return "unix";
}

loadstone::Result<int> listen_on(const std::string& host, std::uint16_t port, int backlog, ListenAddress& bound) {
  auto address = parse_listen_address(host, port);
  if (!address) return fail(address.error());
  if (address->storage.ss_family == AF_UNIX) remove_stale(*address);
  auto fd = listen_at(*address, backlog);
  if (!fd && address->any_ipv6) {
    // No IPv6 here, perhaps: a port in use is in use either way and is said the second time.
    address = ipv4(in_addr{INADDR_ANY}, port);
    if (auto second = listen_at(*address, backlog)) fd = second;
  }
  if (!fd) {
    const std::string where = address->storage.ss_family == AF_UNIX ? host : format("{} port {}", host, port);
    return fail(fd.error().within(format("cannot listen on {}", where)));
  }
  bound = *address;
  bound.size = sizeof bound.storage;
  ::getsockname(*fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  return fd;
}

}  // namespace serve
