// A schedule of stalls: what is to be answered during one waits for its end. All methods from any thread.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serve/server.h"
#include "simulate/rule.h"

namespace loadstone::simulate {

class Stalls {
 public:
  explicit Stalls(Stall stall) : stall_(stall) {}

  // The first stall begins `every` after now, and then one every `every` + `length`; none is shorter than `length`, and
  // late ones do not push back those that follow.
  // `changed` is told of each begin before it is written down and of each end after that, on the thread of the timer.
  void start(serve::Server& server, std::function<void(bool stalled)> changed = {});
  // Runs `act` now or, during a stall, at its end on the thread of the responder's connection.
  void pass(const serve::Responder& responder, std::function<void()> act);
  // {"stalls": [[start_ns, end_ns], ...], "dropped": n}: half-open intervals as they really were; the end of one under
  // way is null. `dropped` counts those before the last kKept.
  [[nodiscard]] std::string json() const;
  void reset();

  static constexpr std::size_t kKept = 100'000;

 private:
  void begin(serve::Server& server);
  void end(serve::Server& server);

  const Stall stall_;
  std::function<void(bool)> changed_;
  Instant due_{};  // the next start; used by one timer at a time
  mutable std::mutex mutex_;
  bool stalled_ = false;
  Instant began_{};
  std::vector<std::pair<serve::Responder, std::function<void()>>> held_;  // bounded by the server's connections
  std::deque<std::pair<Instant, Instant>> past_;
  std::uint64_t dropped_ = 0;
};

}  // namespace loadstone::simulate
