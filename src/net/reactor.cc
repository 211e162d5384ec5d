#include "net/reactor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/epoll_reactor.h"
#include "net/uring_reactor.h"

namespace loadstone::net {

Result<std::unique_ptr<Reactor>> make_reactor(ReactorKind kind, std::size_t max_sockets) {
  if (kind != ReactorKind::kEpoll) {
    auto uring = UringReactor::make(max_sockets);
    if (uring || kind == ReactorKind::kUring) return uring;
  }
  return EpollReactor::make(max_sockets);
}

std::string_view reactor_name(ReactorKind kind) {
  if (kind == ReactorKind::kEpoll) return "epoll";
  return kind == ReactorKind::kUring || UringReactor::make(1) ? "io_uring" : "epoll";
}

int make_socket(const Address& to, const Address* from) {
  const int fd = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  const int on = 1;
  if (to.family() != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (from != nullptr) {
    // The port is chosen at connect, per destination, so that one local address is good for more than 28,000
    // connections.
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(fd, from->raw(), from->length) != 0) {
      const int error = errno;
      ::close(fd);
      return -error;
    }
  }
  return fd;
}

std::string Reactor::reason(SocketId, int error) const {
  return error == ETIMEDOUT ? "timed out" : std::strerror(error);
}

void delay_acknowledgements_of(int fd) {
  const int off = 0;
  setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}

void close_socket(int fd, Reactor::How how) {
  if (how == Reactor::How::kReset) {
    // Dissolving the association sends RST and ends every operation in flight, which SO_LINGER alone would wait for.
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    ::connect(fd, &none, sizeof none);
  } else {
    ::shutdown(fd, SHUT_RDWR);
  }
  ::close(fd);
}

}  // namespace loadstone::net
