// Events to subscribers: every event is serialised once, every subscriber has a bounded queue of its own, and none
// waits for another.
//
// A subscriber that does not keep up loses its oldest messages; when it takes messages again it is told first how many
// were lost ({"type":"lagged","dropped":n}). One that loses kMostDropped in a row, without ever emptying its queue, is
// closed with 1013. The last events are kept in a ring for subscribers that resume. No sockets here: see Sink.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "code_graph/push/event.h"

namespace code_graph::push {

// Where a subscription's messages go. Called under the subscription's lock: must neither block nor call back into it.
class Sink {
 public:
  virtual ~Sink() = default;
  enum class Took { kYes, kFull, kGone };
  // kFull: not taken; Subscription::on_room() is to be called when there is room again.
  virtual Took take(const Message& message) = 0;
  // The last that is sent: how many messages were lost, then a close with code 1013.
  virtual void close_lagging(std::uint64_t dropped) = 0;
};

class Hub;

// All methods from any thread.
class Subscription {
 public:
  static constexpr std::size_t kQueueMessages = 1024;
  static constexpr std::size_t kQueueBytes = std::size_t{4} << 20;
  static constexpr std::uint64_t kMostDropped = 2048;

  Subscription(std::shared_ptr<Sink> sink, Filter filter) : sink_(std::move(sink)), filter_(std::move(filter)) {}

  // The sink, having said kFull, has room.
  void on_room();
  void set_filter(Filter filter);
  // A message for this subscriber alone, in order with the events.
  void tell(Message message);

 private:
  friend class Hub;
  // Whether the event passed the filter.
  bool offer(const Event& event, const Message& message);
  void put(const Message& message);
  void drop_oldest();

  std::mutex mutex_;
  const std::shared_ptr<Sink> sink_;
  Filter filter_;
  std::vector<Message> queue_;  // from head_ on; what the sink did not take yet
  std::size_t head_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;   // not told yet
  std::uint64_t in_a_row_ = 0;  // dropped since the queue was last empty
  bool full_ = false;           // the sink said so
  bool over_ = false;
  Hub* hub_ = nullptr;
  std::size_t place_ = 0;  // in the hub's list
};

[[nodiscard]] Message lagged_message(std::uint64_t dropped);

struct HubCounters {
  std::uint64_t subscribers = 0;  // now
  std::uint64_t events = 0;       // published here or relayed
  std::uint64_t deliveries = 0;   // messages given to a subscriber's queue
  std::uint64_t dropped = 0;      // of these, lost by slow subscribers
  std::uint64_t closed = 0;       // subscribers closed because they did not keep up
};

// All methods from any thread. Must outlive its subscriptions' sinks.
class Hub {
 public:
  static constexpr std::size_t kRingEvents = 1024;
  static constexpr std::size_t kRingBytes = std::size_t{4} << 20;
  using Subscriber = std::shared_ptr<Subscription>;

  // `origin` names this instance among all that share events.
  explicit Hub(std::string origin) : origin_(std::move(origin)) {}

  // With `since`, first what came after that event, as far as the ring goes: what is known to be lost is told as
  // lagged, an id that is not known as an error.
  [[nodiscard]] Subscriber subscribe(std::shared_ptr<Sink> sink, Filter filter, std::string_view since = {});
  void unsubscribe(const Subscriber& subscriber);

  struct Published {
    std::shared_ptr<const Sealed> sealed;
    std::size_t subscribers = 0;  // to whom it was given
  };
  // An event of this instance.
  Published publish(Event event);
  // An event of another instance, with its id, time and message.
  void relay(Sealed sealed);

  // Called with every event of this instance, in order, before publish() returns; must not block. Set before the first.
  void set_tap(std::function<void(const std::shared_ptr<const Sealed>&)> tap) { tap_ = std::move(tap); }

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] HubCounters counters() const;

 private:
  friend class Subscription;
  std::size_t deliver(const std::shared_ptr<const Sealed>& sealed);

  const std::string origin_;
  std::function<void(const std::shared_ptr<const Sealed>&)> tap_;
  mutable std::mutex mutex_;
  std::vector<Subscriber> subscribers_;
  std::deque<std::shared_ptr<const Sealed>> ring_;
  std::size_t ring_bytes_ = 0;
  std::uint64_t next_ = 1;
  std::uint64_t first_kept_ = 1;  // no event of this instance from here on has left the ring
  std::uint64_t events_ = 0;
  std::atomic<std::uint64_t> deliveries_{0}, dropped_{0}, closed_{0};
};

}  // namespace code_graph::push
