#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/format.h"

namespace loadstone::net {

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = "";
  switch (family()) {
    case AF_INET: {
      const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
      inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
      return format("{}:{}", host, ntohs(in.sin_port));
    }
    case AF_INET6: {
      const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
      inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
      return format("[{}]:{}", host, ntohs(in.sin6_port));
    }
    case AF_UNIX:
      return format("unix:{}", reinterpret_cast<const sockaddr_un&>(storage).sun_path);
    default:
      return "no address";
  }
}

Result<Address> parse_address(const std::string& numeric, std::uint16_t port) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, numeric.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.length = sizeof v4;
  } else if (inet_pton(AF_INET6, numeric.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.length = sizeof v6;
  } else {
    return fail(ErrorCode::kInvalid, format("'{}' is not an IPv4 or IPv6 address", numeric));
  }
  return address;
}

Result<Address> unix_address(const std::string& path) {
  Address address;
  auto& un = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.empty() || path.size() >= sizeof un.sun_path)
    return fail(ErrorCode::kInvalid, format("a unix socket's path must have 1 to {} bytes; this one has {}",
                                            sizeof un.sun_path - 1, path.size()));
  un.sun_family = AF_UNIX;
  std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Result<Resolution> resolve(const std::string& host, std::uint16_t port) {
  if (auto numeric = parse_address(host, port)) return Resolution{{*numeric}, Nanoseconds(0)};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const Instant begun = SteadyClock::read();
  int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  if (error == EAI_ADDRFAMILY || error == EAI_NONAME || error == EAI_NODATA) {
    // A machine with nothing but loopback has no configured family by AI_ADDRCONFIG's count.
    hints.ai_flags = AI_NUMERICSERV;
    error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  }
  if (error != 0)
    return fail(
        error == EAI_NONAME ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
        format("cannot resolve '{}': {}", host, error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, freeaddrinfo);
  Resolution resolution;
  resolution.took = SteadyClock::read() - begun;
  for (const addrinfo* a = raw; a != nullptr; a = a->ai_next) {
    Address address;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
    address.length = a->ai_addrlen;
    resolution.addresses.push_back(address);
  }
  if (resolution.addresses.empty()) return fail(ErrorCode::kNotFound, format("'{}' has no address", host));
  return resolution;
}

Status try_connect(const Address& to, Nanoseconds timeout) {
  const int fd = socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorCode::kLimit, format("cannot make a socket: {}", std::strerror(errno)));
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* f) { ::close(*f); });
  int error = connect(fd, to.raw(), to.length) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EAGAIN) {
    pollfd waiting{fd, POLLOUT, 0};
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    int ready = 0;
    do ready = poll(&waiting, 1, static_cast<int>(ms));
    while (ready < 0 && errno == EINTR);
    if (ready == 0) return fail(ErrorCode::kUnavailable, format("{} did not answer within {} ms", to.text(), ms));
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) return fail(ErrorCode::kUnavailable, format("{}: {}", to.text(), std::strerror(error)));
  return {};
}

}  // namespace loadstone::net
