#include "simulate/stalls.h"

#include <iterator>

#include "base/format.h"

namespace loadstone::simulate {

void Stalls::start(serve::Server& server, std::function<void(bool)> changed) {
  if (!stall_.is_set()) return;
  changed_ = std::move(changed);
  due_ = SteadyClock::read() + stall_.every;
  server.after(stall_.every, [this, &server] { begin(server); });
}

void Stalls::begin(serve::Server& server) {
  if (changed_) changed_(true);
  {
    const std::lock_guard lock(mutex_);
    began_ = SteadyClock::read();
    stalled_ = true;
  }
  server.after(stall_.length, [this, &server] { end(server); });
}

void Stalls::end(serve::Server& server) {
  std::vector<std::pair<serve::Responder, std::function<void()>>> released;
  {
    const std::lock_guard lock(mutex_);
    stalled_ = false;
    released.swap(held_);
    past_.emplace_back(began_, SteadyClock::read());
    if (past_.size() > kKept) {
      past_.pop_front();
      ++dropped_;
    }
  }
  due_ += stall_.length + stall_.every;
  if (changed_) changed_(false);
  for (auto& [responder, act] : released) responder.after(Nanoseconds(0), std::move(act));
  server.after(due_ - SteadyClock::read(), [this, &server] { begin(server); });
}

void Stalls::pass(const serve::Responder& responder, std::function<void()> act) {
  if (stall_.is_set()) {
    const std::lock_guard lock(mutex_);
    if (stalled_) {
      held_.emplace_back(responder, std::move(act));
      return;
    }
  }
  act();
}

std::string Stalls::json() const {
  const std::lock_guard lock(mutex_);
  std::string out = "{\"stalls\":[";
  const auto to = std::back_inserter(out);
  const char* comma = "";
  for (const auto& [from, until] : past_) {
    format_to(to, "{}[{},{}]", comma, from.time_since_epoch().count(), until.time_since_epoch().count());
    comma = ",";
  }
  if (stalled_) format_to(to, "{}[{},null]", comma, began_.time_since_epoch().count());
  format_to(to, "],\"dropped\":{}}}", dropped_);
  return out;
}

void Stalls::reset() {
  const std::lock_guard lock(mutex_);
  past_.clear();
  dropped_ = 0;
}

}  // namespace loadstone::simulate
