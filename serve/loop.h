// Inside serve only (includes Asio): one thread, its event loop, its timers and its share of the connections.
#pragma once

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "serve/server.h"

namespace serve {

namespace asio = boost::asio;
using loadstone::Instant;
using loadstone::Nanoseconds;
using loadstone::SteadyClock;

using Executor = asio::io_context::executor_type;
using Stream = asio::generic::stream_protocol;
using Socket = asio::basic_stream_socket<Stream, Executor>;

// What is shared by all loops of a server.
struct Tally {
  std::atomic<std::uint64_t> accepted{0}, refused{0}, open{0}, websockets{0}, requests{0}, malformed{0}, timed_out{0};
};
struct Shared {
  Options options;
  Tally tally;
};

class Loop;

// A socket and what is spoken on it. Lives on one loop; all calls come on its thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  virtual ~Connection() = default;
  // Looks whether a time-out has passed.
  virtual void sweep(Instant now) = 0;
  // Finish what is in flight, then leave.
  virtual void begin_stop() = 0;
  // Give up the socket at once, with a reset. Nothing of Asio is held afterwards.
  virtual void abort() = 0;

 private:
  friend class Loop;
  std::list<std::shared_ptr<Connection>>::iterator place_;
  bool listed_ = false;
};

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<Shared> shared);
  ~Loop();

  void start();
  // Resets what is left, ends the thread and gives up everything of Asio. Not from the loop's own thread.
  void finish();

  [[nodiscard]] bool is_current() const;
  [[nodiscard]] static Loop* current();
  // From any thread. Dropped once the loop has finished. Many posts wake the thread once.
  void post(std::function<void()> run);
  // From any thread.
  void after(Nanoseconds delay, std::function<void()> run);

  // On the loop's thread.
  void add(const std::shared_ptr<Connection>& connection);
  void remove(Connection& connection);
  void begin_stop();
  [[nodiscard]] bool stopping() const { return stopping_; }
  asio::io_context& io() { return *io_; }
  Shared& shared() { return *shared_; }
  const Limits& limits() const { return shared_->options.limits; }
  // The Date header line with its line end, made once a second.
  std::string_view date_line(Instant now);

  [[nodiscard]] std::size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  void run();
  void drain_inbox();
  void add_timer(Instant due, std::function<void()> run);
  void arm();
  void fire();
  void sweep();

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<asio::io_context> io_;
  std::optional<asio::executor_work_guard<Executor>> work_;
  std::optional<
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>>
      timer_;
  std::thread thread_;

  std::mutex mutex_;  // guards the next two
  std::vector<std::function<void()>> inbox_;
  bool finished_ = false;

  std::multimap<Instant, std::function<void()>> timers_;
  Instant armed_ = loadstone::kNever;
  std::list<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t> count_{0};
  bool stopping_ = false;
  Nanoseconds tick_;
  std::string date_;
  std::int64_t date_second_ = -1;
};

}  // namespace serve
