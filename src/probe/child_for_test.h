// A process of its own for a test to look at: runs a function, and is killed with all it started at the end of the
// scope.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <functional>
#include <thread>

#include "base/clock.h"

namespace loadstone::probe {

class Child {
 public:
  // `life` runs in the child, which then sleeps until it is killed; what it returns, the test gets from said().
  explicit Child(const std::function<std::uint64_t()>& life) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::setpgid(0, 0);
      ::close(ends[0]);
      const std::uint64_t said = life();
      if (::write(ends[1], &said, sizeof said) != sizeof said) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    if (::read(ends[0], &said_, sizeof said_) != sizeof said_) ADD_FAILURE() << "the child died";
    ::close(ends[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::uint64_t said() const { return said_; }

 private:
  pid_t pid_ = 0;
  std::uint64_t said_ = 0;
};

// A listening socket on 127.0.0.1 and its port.
inline int listen_anywhere(int backlog, std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, backlog) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    std::abort();
  port = ntohs(address.sin_port);
  return fd;
}

// Opens a connection to that port; does not wait for it to be accepted.
inline int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) ADD_FAILURE() << "no connection";
  return fd;
}

// Keeps a core busy.
[[noreturn]] inline void spin() {
  std::atomic<std::uint64_t> turns{0};
  for (;;) turns.fetch_add(1, std::memory_order_relaxed);
}

// Waits for what must come, as long as a slow machine may need.
inline bool eventually(const std::function<bool()>& holds) {
  const Instant end = SteadyClock::read() + Nanoseconds(20s);
  while (!holds()) {
    if (SteadyClock::read() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

}  // namespace loadstone::probe
