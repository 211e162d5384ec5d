// Events to and from other instances through Redis: the channel `code_graph:events` for whoever listens now, the
// stream `code_graph:cdc` for whoever reads later. The one door to hiredis.
//
// Local subscribers never wait for Redis. Events wait in a bounded queue while it is away; the oldest are dropped.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "code_graph/push/hub.h"

namespace code_graph::redis {

inline constexpr std::string_view kChannel = "code_graph:events";
inline constexpr std::string_view kStream = "code_graph:cdc";

struct Address {
  std::string host = "localhost";
  int port = 6379;
  std::string user, password;  // empty: no AUTH
  int database = 0;
  [[nodiscard]] std::string shown() const;  // without the password
};
// redis://[[user]:password@]host[:port][/database]
[[nodiscard]] loadstone::Result<Address> parse_address(std::string_view url);

struct State {
  bool connected = false;
  std::string error;  // why not
  std::uint64_t sent = 0, received = 0, dropped = 0;
};

class Relay {
 public:
  static constexpr std::size_t kMostWaiting = 10'000;  // events
  static constexpr int kStreamLength = 100'000;        // entries, about

  // The message of another instance as an event; nullopt for what is none.
  using Reader = std::function<std::optional<push::Sealed>(std::string_view message)>;

  // The hub must outlive this. Connects in the background, again and again.
  Relay(Address address, push::Hub& hub, Reader reader);
  ~Relay();

  // An event of this instance. Never waits.
  void offer(std::shared_ptr<const push::Sealed> sealed);
  // Sends what is waiting, if Redis is there, and ends the thread.
  void stop();
  [[nodiscard]] State state() const;

 private:
  class Link;
  void run();
  void wait(std::chrono::milliseconds at_most) const;
  void wake() const;
  void note(bool connected, std::string error);
  // False: the connection is lost; what was not acknowledged stays in the queue.
  bool send_waiting(Link& link);
  bool receive(Link& link);
  [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  const Address address_;
  push::Hub& hub_;
  const Reader reader_;
  int wake_ = -1;  // eventfd

  mutable std::mutex mutex_;  // guards to the blank line
  std::deque<std::shared_ptr<const push::Sealed>> queue_;
  State state_;

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace code_graph::redis
