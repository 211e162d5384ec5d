// A server that costs next to nothing, so that a benchmark measures its client: every read is answered with the same
// bytes, unread. Right only for clients that send one small request at a time per connection.
//
// bench_server [PORT]: listens on 127.0.0.1 (port 0, the default, lets the kernel choose), prints "port N", and serves
// on one thread until it is killed.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {
// "Connection: keep-alive" is for HTTP/1.0 clients such as ab.
constexpr std::string_view kReply =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 12\r\n\r\nhello world\n";
constexpr std::size_t kReadBytes = 16384;
constexpr int kBatch = 256;

[[noreturn]] void give_up(const char* doing) {
  std::perror(doing);
  std::exit(1);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) give_up("socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("bind");
  if (listen(listener, SOMAXCONN) != 0) give_up("listen");
  socklen_t length = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("port %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int poller, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) != 0) give_up("epoll_ctl");
}

void accept_all(int listener, int poller) {
  for (;;) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(poller, socket);
  }
}

void answer(int socket) {
  static std::array<char, kReadBytes> unread;
  const ssize_t got = recv(socket, unread.data(), unread.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A reply is far smaller than a socket's buffer: one that does not fit means a client that reads nothing.
  if (got <= 0 || send(socket, kReply.data(), kReply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kReply.size()))
    close(socket);
}
}  // namespace

int main(int argc, char** argv) {
  const int listener = listen_on(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) give_up("epoll_create1");
  watch(poller, listener);
  std::array<epoll_event, kBatch> events{};
  for (;;) {
    const int ready = epoll_wait(poller, events.data(), kBatch, -1);
    if (ready < 0 && errno != EINTR) give_up("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener)
        accept_all(listener, poller);
      else
        answer(socket);
    }
  }
}
