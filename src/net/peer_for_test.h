// The other end of a connection, for tests of reactors: a real listening socket on loopback, and plain calls on what it
// accepts. Each call ends the test program after kPatience, rather than hang.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/check.h"
#include "net/address.h"

namespace loadstone::net {

inline constexpr Nanoseconds kPatience = 10s;

// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// One accepted connection.
class PeerSocket {
 public:
  explicit PeerSocket(Descriptor fd) : fd_(std::move(fd)) {}

  // Sends what the kernel takes now; returns how much.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  void send(std::string_view bytes) { CHECK(send_some(bytes) == bytes.size()); }

  // What has come, without waiting.
  std::string receive_some() {
    std::string bytes(64 * 1024, '\0');
    const ssize_t n = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    last_error_ = n < 0 ? errno : 0;
    ended_ = n == 0;
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  std::string receive(std::size_t bytes) {
    std::string all;
    while (all.size() < bytes && wait_readable()) {
      all += receive_some();
      if (ended_ || last_error_ != 0) break;
    }
    return all;
  }
  bool wait_readable() {
    pollfd p{fd_.get(), POLLIN, 0};
    return ::poll(&p, 1, static_cast<int>(kPatience / 1ms)) == 1;
  }
  // After receive: whether the other side has closed, and the last call's errno.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] int last_error() const { return last_error_; }

  void shut_writing() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.close(); }
  void reset() {
    const linger hard{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    fd_.close();
  }
  // The address of the other side.
  [[nodiscard]] std::string other() const {
    Address a;
    a.length = sizeof a.storage;
    getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&a.storage), &a.length);
    const std::string text = a.text();
    return text.substr(0, text.rfind(':'));
  }

 private:
  Descriptor fd_;
  bool ended_ = false;
  int last_error_ = 0;
};

class Listener {
 public:
  // On a port chosen by the kernel, or a path.
  explicit Listener(const Address& at) : address_(at) {
    fd_ = Descriptor(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(::bind(fd_.get(), at.raw(), at.length) == 0, "{}", errno);
    CHECK(::listen(fd_.get(), 1024) == 0, "{}", errno);
    address_.length = sizeof address_.storage;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address_.storage), &address_.length);
  }
  Listener() : Listener(*parse_address("127.0.0.1", 0)) {}

  [[nodiscard]] const Address& address() const { return address_; }
  PeerSocket accept() {
    pollfd p{fd_.get(), POLLIN, 0};
    CHECK(::poll(&p, 1, static_cast<int>(kPatience / 1ms)) == 1, "nobody connects");
    Descriptor fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    CHECK(fd.get() >= 0, "{}", errno);
    return PeerSocket(std::move(fd));
  }
  void close() { fd_.close(); }

 private:
  Descriptor fd_;
  Address address_;
};

}  // namespace loadstone::net
