// What the tests of both reactors stand on: a reactor of the kind under test, and a log of what it completed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "net/peer_for_test.h"
#include "net/reactor.h"

namespace loadstone::net {

inline constexpr std::size_t kMaxSockets = 2048;

inline std::size_t open_descriptors() {
  std::size_t n = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++n;
  }
  return n;
}

// Bytes that differ at every place within a megabyte, so that nothing can be lost, doubled or swapped unseen.
inline std::string pattern(std::size_t size, unsigned salt = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + (i >> 8) * 7 + salt * 101) & 0xff);
  return bytes;
}

// All that was completed for one socket, in order.
struct Log {
  std::vector<int> connected;
  std::string received;
  int pieces = 0;          // that it came in (TLS)
  std::vector<int> ended;  // results of receives that brought no bytes
  std::vector<int> sent;
};

class ReactorTest : public ::testing::TestWithParam<ReactorKind> {
 protected:
  void SetUp() override { make(kMaxSockets); }

  void make(std::size_t max_sockets) {
    reactor_.reset();
    auto made = make_reactor(GetParam(), max_sockets);
    if (!made && GetParam() == ReactorKind::kUring) GTEST_SKIP() << made.error().message;
    ASSERT_TRUE(made.has_value()) << made.error().message;
    reactor_ = std::move(*made);
    EXPECT_EQ(reactor_->name(), GetParam() == ReactorKind::kUring ? "io_uring" : "epoll");
  }

  // One turn.
  void turn(Nanoseconds longest = 20ms) {
    for (const Completion& c : reactor_->wait(SteadyClock::read() + longest)) {
      Log& log = logs_[c.socket];
      switch (c.kind) {
        case Completion::Kind::kConnected:
          log.connected.push_back(c.result);
          break;
        case Completion::Kind::kReceived:
          // Nothing comes before the connection, nor after its end.
          EXPECT_EQ(log.connected.size(), 1U);
          EXPECT_TRUE(log.ended.empty());
          if (c.result > 0)
            log.received.append(c.bytes, static_cast<std::size_t>(c.result));
          else
            log.ended.push_back(c.result);
          break;
        case Completion::Kind::kSent:
          log.sent.push_back(c.result);
          break;
      }
    }
  }
  // Turns until something is true; false after a long time without.
  bool turn_until(const std::function<bool()>& is_so) {
    const Instant give_up = SteadyClock::read() + kPatience;
    while (!is_so()) {
      if (SteadyClock::read() > give_up) return false;
      turn();
    }
    return true;
  }
  // A few turns in which nothing should happen.
  void turn_idly() {
    for (int i = 0; i < 5; ++i) turn(2ms);
  }

  SocketId connect(const Address& to, const Address* from = nullptr) {
    const auto socket = reactor_->connect(to, from);
    EXPECT_TRUE(socket.has_value()) << -socket.error();
    if (!socket) return kNoSocket;
    logs_.erase(*socket);
    return *socket;
  }
  SocketId connected(const Address& to, const Address* from = nullptr) {
    const SocketId s = connect(to, from);
    EXPECT_TRUE(turn_until([&] { return !logs_[s].connected.empty(); }));
    EXPECT_THAT(logs_[s].connected, ::testing::ElementsAre(0));
    return s;
  }

  std::unique_ptr<Reactor> reactor_;
  std::map<SocketId, Log> logs_;
};

// Names of the parameters.
inline std::string kind_of(const ::testing::TestParamInfo<ReactorKind>& test) {
  return test.param == ReactorKind::kUring ? "io_uring" : "epoll";
}

}  // namespace loadstone::net
