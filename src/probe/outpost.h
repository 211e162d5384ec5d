// Lets loadstone on another machine watch a service on this one (RemoteWatch is the other end). One watch for each
// connection, which ends with it.
//
// Lines of text. "loadstone-probe/1 PORT TOKEN" comes first and is answered with "ok DESCRIPTION" or "error REASON";
// then "begin" and "begin_measuring" with "ok", "take" with "sample JSON", "memory" with "memory BYTES", and "missing"
// with any number of "missing SENTENCE" and an "ok".
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "probe/line_socket.h"

namespace loadstone::probe {

inline constexpr std::string_view kOutpostGreeting = "loadstone-probe/1";

class Outpost {
 public:
  // More connections at once are refused.
  static constexpr std::size_t kMostVisitors = 16;

  struct Terms {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;          // 0: the kernel chooses
    pid_t process = 0;               // who is watched, whatever port is asked for; 0: whoever listens on that port
    std::uint16_t service_port = 0;  // whose connections are looked at; 0: the port that is asked for
    std::function<bool(std::string_view token)> admits;
  };
  // Listens from now on, on threads of its own, until it is destroyed.
  [[nodiscard]] static Result<std::unique_ptr<Outpost>> start(Terms terms);
  ~Outpost();
  Outpost(const Outpost&) = delete;
  Outpost& operator=(const Outpost&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Visitor {
    explicit Visitor(LineSocket s) : socket(std::move(s)) {}
    LineSocket socket;
    std::atomic<bool> is_gone{false};
    std::thread thread;
  };
  Outpost(Terms terms, int listener, std::uint16_t port);
  void welcome();
  void serve(LineSocket& socket) const;

  const Terms terms_;
  const int listener_;
  const std::uint16_t port_;
  std::mutex mutex_;  // visitors_, stopping_
  bool stopping_ = false;
  std::list<Visitor> visitors_;
  std::thread thread_;
};

}  // namespace loadstone::probe
