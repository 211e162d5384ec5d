#include "serve/loop.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <ctime>
#include <exception>

#include "base/format.h"

namespace serve {
namespace {

thread_local Loop* current_loop = nullptr;

// Often enough that a time-out is late by at most a quarter, seldom enough to cost nothing.
Nanoseconds tick_for(const Limits& l) {
  const auto least = std::min({l.header_timeout, l.body_timeout, l.idle_timeout, l.write_timeout});
  return std::clamp<Nanoseconds>(least / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace

Loop::Loop(std::shared_ptr<Shared> shared)
    : shared_(std::move(shared)),
      io_(std::make_unique<asio::io_context>(1)),
      work_(asio::make_work_guard(*io_)),
      timer_(std::in_place, io_->get_executor()),
      tick_(tick_for(shared_->options.limits)) {}

Loop::~Loop() { finish(); }

bool Loop::is_current() const { return current_loop == this; }
Loop* Loop::current() { return current_loop; }

void Loop::start() {
  after(tick_, [this] { sweep(); });
  thread_ = std::thread([this] { run(); });
}

void Loop::run() {
  current_loop = this;
  for (;;) {
    try {
      io_->run();
      break;
    } catch (const std::exception& e) {
      // Callbacks of the owner are guarded where they are called; this is what remains, such as no memory.
      std::fprintf(stderr, "serve: %s\n", e.what());
    }
  }
  current_loop = nullptr;
}

void Loop::finish() {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
    if (thread_.joinable())
      asio::post(*io_, [this] {
        const auto left = std::vector(connections_.begin(), connections_.end());
        for (const auto& c : left) c->abort();
        timer_->cancel();
        work_.reset();
        // What was aborted has its completions still to come; they run, then run() returns. Anything the owner's
        // callbacks do meanwhile is dropped by post().
      });
  }
  if (thread_.joinable()) thread_.join();
  std::vector<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(inbox_);
  }
  dropped.clear();
  std::multimap<Instant, std::function<void()>>().swap(timers_);
  connections_.clear();
  timer_.reset();
  work_.reset();
  io_.reset();
}

void Loop::post(std::function<void()> run) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  inbox_.push_back(std::move(run));
  if (inbox_.size() == 1) asio::post(*io_, [this] { drain_inbox(); });
}

void Loop::drain_inbox() {
  std::vector<std::function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(inbox_);
  }
  for (auto& run : batch) {
    run();
    run = nullptr;
  }
}

void Loop::after(Nanoseconds delay, std::function<void()> run) {
  const Instant due = SteadyClock::read() + std::max(delay, Nanoseconds(0));
  if (is_current())
    add_timer(due, std::move(run));
  else
    post([this, due, run = std::move(run)]() mutable { add_timer(due, std::move(run)); });
}

void Loop::add_timer(Instant due, std::function<void()> run) {
  timers_.emplace(due, std::move(run));
  if (due < armed_) arm();
}

void Loop::arm() {
  if (timers_.empty() || !work_) return;
  armed_ = timers_.begin()->first;
  timer_->expires_at(armed_);
  timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error) fire();
  });
}

void Loop::fire() {
  armed_ = loadstone::kNever;
  const Instant now = SteadyClock::read();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
  }
  if (!timers_.empty() && timers_.begin()->first < armed_) arm();
}

void Loop::sweep() {
  const Instant now = SteadyClock::read();
  const auto all = std::vector(connections_.begin(), connections_.end());
  for (const auto& c : all)
    if (c->listed_) c->sweep(now);
  after(tick_, [this] { sweep(); });
}

void Loop::add(const std::shared_ptr<Connection>& connection) {
  connection->place_ = connections_.insert(connections_.end(), connection);
  connection->listed_ = true;
  count_.store(connections_.size(), std::memory_order_relaxed);
  shared_->tally.open.fetch_add(1, std::memory_order_relaxed);
  if (stopping_) connection->begin_stop();
}

void Loop::remove(Connection& connection) {
  if (!connection.listed_) return;
  connection.listed_ = false;
  shared_->tally.open.fetch_sub(1, std::memory_order_relaxed);
  connections_.erase(connection.place_);
  count_.store(connections_.size(), std::memory_order_relaxed);
}

void Loop::begin_stop() {
  stopping_ = true;
  const auto all = std::vector(connections_.begin(), connections_.end());
  for (const auto& c : all)
    if (c->listed_) c->begin_stop();
}

std::string_view Loop::date_line(Instant now) {
  const auto second = now.time_since_epoch().count() / 1'000'000'000;
  if (second != date_second_) {
    date_second_ = second;
    const std::time_t wall = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&wall, &utc);
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    date_ = loadstone::format("Date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", kDays[utc.tm_wday], utc.tm_mday,
                              kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  }
  return date_;
}

}  // namespace serve
