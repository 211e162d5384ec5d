#include "code_graph/push/hub.h"

#include <charconv>

#include "base/format.h"

namespace code_graph::push {

Message lagged_message(std::uint64_t dropped) {
  return std::make_shared<const std::string>(loadstone::format(R"({{"type":"lagged","dropped":{}}})", dropped));
}

// ---- Subscription

bool Subscription::offer(const Event& event, const Message& message) {
  const std::lock_guard lock(mutex_);
  if (over_ || !filter_.passes(event)) return false;
  put(message);
  return true;
}

void Subscription::tell(Message message) {
  const std::lock_guard lock(mutex_);
  if (!over_) put(message);
}

void Subscription::put(const Message& message) {
  if (hub_ != nullptr) hub_->deliveries_.fetch_add(1, std::memory_order_relaxed);
  if (!full_) {
    switch (sink_->take(message)) {
      case Sink::Took::kYes:
        return;
      case Sink::Took::kGone:
        over_ = true;
        return;
      case Sink::Took::kFull:
        full_ = true;
    }
  }
  queue_.push_back(message);
  bytes_ += message->size();
  while (queue_.size() - head_ > kQueueMessages || (bytes_ > kQueueBytes && queue_.size() - head_ > 1)) drop_oldest();
}

void Subscription::drop_oldest() {
  if (over_) return;
  bytes_ -= queue_[head_]->size();
  queue_[head_++].reset();
  if (head_ >= kQueueMessages) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  ++dropped_;
  if (hub_ != nullptr) hub_->dropped_.fetch_add(1, std::memory_order_relaxed);
  if (++in_a_row_ < kMostDropped) return;
  over_ = true;
  sink_->close_lagging(dropped_ + (queue_.size() - head_));
  if (hub_ != nullptr) {
    hub_->closed_.fetch_add(1, std::memory_order_relaxed);
    hub_->dropped_.fetch_add(queue_.size() - head_, std::memory_order_relaxed);
  }
  queue_.clear();
  head_ = bytes_ = 0;
}

void Subscription::on_room() {
  const std::lock_guard lock(mutex_);
  full_ = false;
  while (!over_ && (dropped_ > 0 || head_ < queue_.size())) {
    const bool notice = dropped_ > 0;
    const Sink::Took took = sink_->take(notice ? lagged_message(dropped_) : queue_[head_]);
    if (took == Sink::Took::kFull) {
      full_ = true;
      return;
    }
    if (took == Sink::Took::kGone) {
      over_ = true;
    } else if (notice) {
      dropped_ = 0;
    } else {
      bytes_ -= queue_[head_]->size();
      queue_[head_++].reset();
    }
  }
  in_a_row_ = 0;
  queue_ = {};
  head_ = bytes_ = 0;
}

void Subscription::set_filter(Filter filter) {
  const std::lock_guard lock(mutex_);
  filter_ = std::move(filter);
}

// ---- Hub

Hub::Subscriber Hub::subscribe(std::shared_ptr<Sink> sink, Filter filter, std::string_view since) {
  auto subscriber = std::make_shared<Subscription>(std::move(sink), std::move(filter));
  subscriber->hub_ = this;
  const std::lock_guard lock(mutex_);
  if (!since.empty()) {
    auto after = ring_.end();
    for (auto at = ring_.rbegin(); at != ring_.rend(); ++at) {
      if ((*at)->id != since) continue;
      after = at.base();
      break;
    }
    const bool found = after != ring_.end() || (!ring_.empty() && ring_.back()->id == since);
    if (!found) {
      after = ring_.begin();
      std::uint64_t number = 0;
      const std::string_view digits = since.substr(std::min(since.size(), origin_.size() + 1));
      const bool ours = since.starts_with(origin_ + '-') &&
                        std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc() &&
                        number < next_;
      // All that is still kept follows, whether or not we can say how many are missing before it.
      if (!ours)
        subscriber->tell(std::make_shared<const std::string>(
            R"({"type":"error","detail":"since: this event is not known here; what follows may have a gap"})"));
      else if (number + 1 < first_kept_)
        subscriber->tell(lagged_message(first_kept_ - number - 1));
    }
    for (; after != ring_.end(); ++after) subscriber->offer((*after)->event, (*after)->message);
  }
  subscriber->place_ = subscribers_.size();
  subscribers_.push_back(subscriber);
  return subscriber;
}

void Hub::unsubscribe(const Subscriber& subscriber) {
  {
    const std::lock_guard lock(subscriber->mutex_);
    subscriber->over_ = true;
    subscriber->queue_ = {};
    subscriber->head_ = subscriber->bytes_ = 0;
  }
  const std::lock_guard lock(mutex_);
  const std::size_t place = subscriber->place_;
  if (place >= subscribers_.size() || subscribers_[place] != subscriber) return;
  subscribers_[place] = std::move(subscribers_.back());
  subscribers_[place]->place_ = place;
  subscribers_.pop_back();
}

Hub::Published Hub::publish(Event event) {
  const std::lock_guard lock(mutex_);
  auto sealed = std::make_shared<Sealed>();
  sealed->event = std::move(event);
  sealed->id = loadstone::format("{}-{}", origin_, next_++);
  sealed->timestamp = utc_now();
  sealed->message = message_of(sealed->event, sealed->id, sealed->timestamp);
  Published published{std::move(sealed), 0};
  published.subscribers = deliver(published.sealed);
  if (tap_) tap_(published.sealed);
  return published;
}

void Hub::relay(Sealed sealed) {
  const std::lock_guard lock(mutex_);
  deliver(std::make_shared<const Sealed>(std::move(sealed)));
}

std::size_t Hub::deliver(const std::shared_ptr<const Sealed>& sealed) {
  ++events_;
  std::size_t given = 0;
  for (const Subscriber& subscriber : subscribers_) given += subscriber->offer(sealed->event, sealed->message) ? 1 : 0;
  ring_.push_back(sealed);
  ring_bytes_ += sealed->message->size();
  while (ring_.size() > kRingEvents || (ring_bytes_ > kRingBytes && ring_.size() > 1)) {
    ring_bytes_ -= ring_.front()->message->size();
    if (ring_.front()->id.starts_with(origin_ + '-')) {
      std::uint64_t number = 0;
      const std::string_view id = ring_.front()->id;
      std::from_chars(id.data() + origin_.size() + 1, id.data() + id.size(), number);
      first_kept_ = number + 1;
    }
    ring_.pop_front();
  }
  return given;
}

HubCounters Hub::counters() const {
  const std::lock_guard lock(mutex_);
  return {subscribers_.size(), events_, deliveries_.load(), dropped_.load(), closed_.load()};
}

}  // namespace code_graph::push
