#include "service/readiness.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/format.h"
#include "net/address.h"
#include "net/tls_trial.h"

namespace loadstone::service {
namespace {

constexpr std::size_t kMaxStatusLine = 8192;

std::string reason(int error) { return std::error_code(error, std::generic_category()).message(); }

// A descriptor that is closed at the end, and what is left of the time for all that is done with it.
class Connection {
 public:
  Connection(int fd, Instant end) : fd_(fd), end_(end) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  Status connect(const sockaddr* address, socklen_t length) {
    if (::connect(fd_, address, length) == 0) return {};
    if (errno != EINPROGRESS) return fail(ErrorCode::kUnavailable, reason(errno));
    if (!wait(POLLOUT)) return fail(ErrorCode::kUnavailable, "no answer to the connection attempt");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(ErrorCode::kUnavailable, reason(error));
    return {};
  }

  Status send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n > 0) {
        text.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EAGAIN && errno != EINTR) {
        return fail(ErrorCode::kUnavailable, reason(errno));
      } else if (!wait(POLLOUT)) {
        return fail(ErrorCode::kUnavailable, "the request could not be sent in time");
      }
    }
    return {};
  }

  Result<std::string> receive_line() {
    std::string text;
    while (text.find('\n') == std::string::npos) {
      if (text.size() > kMaxStatusLine) return fail(ErrorCode::kUnavailable, "what it answers is not HTTP");
      char block[512];
      const ssize_t n = ::recv(fd_, block, sizeof block, 0);
      if (n > 0) {
        text.append(block, static_cast<std::size_t>(n));
      } else if (n == 0) {
        return fail(ErrorCode::kUnavailable, "it closed the connection without an answer");
      } else if (errno != EAGAIN && errno != EINTR) {
        return fail(ErrorCode::kUnavailable, reason(errno));
      } else if (!wait(POLLIN)) {
        return fail(ErrorCode::kUnavailable, "no answer in time");
      }
    }
    return text.substr(0, text.find('\n'));
  }

 private:
  [[nodiscard]] bool wait(short events) const {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - SteadyClock::read()).count();
      if (left <= 0) return false;
      pollfd watched{fd_, events, 0};
      const int n = ::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
      if (n > 0) return true;
      if (n < 0 && errno != EINTR) return false;
    }
  }

  int fd_;
  Instant end_;
};

using MaybeConnection = Result<std::unique_ptr<Connection>>;

MaybeConnection open_to(int family, const sockaddr* address, socklen_t length, Instant end) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(ErrorCode::kUnavailable, reason(errno));
  auto connection = std::make_unique<Connection>(fd, end);
  if (const auto ok = connection->connect(address, length); !ok) return fail(ok.error());
  return connection;
}

std::pair<std::string, std::uint16_t> host_and_port(const scenario::Endpoint& endpoint) {
  return {endpoint.connect_to_host.empty() ? endpoint.url.host : endpoint.connect_to_host,
          endpoint.connect_to_port == 0 ? endpoint.url.port : endpoint.connect_to_port};
}

MaybeConnection open(const scenario::Endpoint& endpoint, Nanoseconds timeout) {
  const Instant end = SteadyClock::read() + timeout;
  if (!endpoint.unix_socket.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (endpoint.unix_socket.size() >= sizeof address.sun_path)
      return fail(ErrorCode::kInvalid, "the socket's path is too long");
    std::memcpy(address.sun_path, endpoint.unix_socket.data(), endpoint.unix_socket.size());
    return open_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, end);
  }
  const auto [host, port] = host_and_port(endpoint);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    return fail(ErrorCode::kNotFound, format("{}: {}", host, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  MaybeConnection last = fail(ErrorCode::kNotFound, format("{} has no address", host));
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    last = open_to(a->ai_family, a->ai_addr, a->ai_addrlen, end);
    if (last) break;
  }
  return last;
}

// The first line of the answer.
Result<std::string> ask(const scenario::Endpoint& endpoint, std::string_view request, Nanoseconds timeout) {
  const auto connection = open(endpoint, timeout);
  if (!connection) return fail(connection.error());
  if (const auto sent = (*connection)->send(request); !sent) return fail(sent.error());
  return (*connection)->receive_line();
}

// What `attempt` makes of the first address with which it succeeds, or else of the last.
template <class Attempt>
auto each_address(const scenario::Endpoint& endpoint, const Attempt& attempt) -> decltype(attempt(net::Address{})) {
  if (!endpoint.unix_socket.empty()) {
    const auto address = net::unix_address(endpoint.unix_socket);
    if (!address) return fail(address.error());
    return attempt(*address);
  }
  const auto [host, port] = host_and_port(endpoint);
  const auto resolution = net::resolve(host, port);
  if (!resolution) return fail(resolution.error());
  for (std::size_t i = 0;; ++i) {
    auto result = attempt(resolution->addresses[i]);
    if (result || i + 1 == resolution->addresses.size()) return result;
  }
}

// "HTTP/1.1 200 OK" to 200.
std::optional<int> status_of(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  int status = 0;
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
  if (error != std::errc() || end != line.data() + 12) return std::nullopt;
  return status;
}

}  // namespace

Status can_connect(const scenario::Endpoint& endpoint, Nanoseconds timeout) {
  const auto connection = open(endpoint, timeout);
  if (!connection) return fail(connection.error());
  return {};
}

Status is_ready(const scenario::Endpoint& endpoint, std::string_view method, std::string_view target,
                Nanoseconds timeout) {
  const auto tls = scenario::tls_to(endpoint);
  if (target.empty()) {
    if (tls)
      return each_address(endpoint, [&](const net::Address& to) { return net::try_handshake(to, *tls, timeout); });
    return can_connect(endpoint, timeout);
  }
  const std::string request = format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: loadstone\r\nConnection: close\r\n\r\n",
                                     method, target, endpoint.url.authority());
  const auto line =
      tls ? each_address(endpoint, [&](const net::Address& to) { return net::try_request(to, *tls, request, timeout); })
          : ask(endpoint, request, timeout);
  if (!line) return fail(line.error());
  const auto status = status_of(*line);
  if (!status) return fail(ErrorCode::kUnavailable, "what it answers is not HTTP");
  if (*status >= 500 || *status == 202) return fail(ErrorCode::kUnavailable, format("it answers {}", *status));
  return {};
}

std::string where(const scenario::Endpoint& endpoint) {
  if (!endpoint.unix_socket.empty()) return endpoint.unix_socket;
  const auto [host, port] = host_and_port(endpoint);
  return host.find(':') == std::string::npos ? format("{}:{}", host, port) : format("[{}]:{}", host, port);
}

}  // namespace loadstone::service
