#include "probe/line_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "net/address.h"

namespace loadstone::probe {
namespace {

Error failed(const char* what) {
  const int error = errno;
  const bool is_late = error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
  return {ErrorCode::kIo, std::string(what) + ": " + (is_late ? "it took too long" : std::strerror(error))};
}

}  // namespace

Result<LineSocket> LineSocket::connect(const std::string& host, std::uint16_t port, Nanoseconds timeout) {
  const auto found = net::resolve(host, port);
  if (!found) return fail(found.error());
  Error last{ErrorCode::kIo, "no address"};
  for (const net::Address& address : found->addresses) {
    const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(failed("a socket"));
    LineSocket socket(fd, timeout);  // Linux holds connect() to the time-out of sending, too
    if (::connect(fd, address.raw(), address.length) == 0) return socket;
    last = failed("connect");
  }
  return fail(last);
}

LineSocket::LineSocket(int fd, Nanoseconds timeout) : fd_(fd) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  const timeval limit{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

LineSocket::LineSocket(LineSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

LineSocket::~LineSocket() {
  if (fd_ >= 0) ::close(fd_);
}

void LineSocket::shut_down() const { ::shutdown(fd_, SHUT_RDWR); }

Status LineSocket::write(std::string_view line) {
  std::string text(line);
  text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(failed("sending"));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> LineSocket::read() {
  for (;;) {
    if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    if (received_.size() > kMostBytes) return fail(ErrorCode::kInvalid, "a line without an end");
    char bytes[4096];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(failed("receiving"));
    if (got == 0) return fail(ErrorCode::kIo, "the other side has closed the connection");
    received_.append(bytes, static_cast<std::size_t>(got));
  }
}

}  // namespace loadstone::probe
