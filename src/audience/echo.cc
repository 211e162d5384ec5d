#include "audience/echo.h"

#include <algorithm>
#include <charconv>

#include "audience/open_schedule.h"
#include "ledger/header.h"

namespace loadstone::audience {
namespace {

constexpr Nanoseconds kLook = 20ms;

}  // namespace

Echo::Echo(const EchoPlan& plan, Clients& clients, Agenda& agenda, std::uint32_t index, std::uint32_t count,
           std::uint64_t first_id, std::uint32_t run)
    : plan_(plan),
      clients_(clients),
      agenda_(agenda),
      exchanges_(clients.size()),
      is_free_(clients.size()),
      next_id_(first_id + index),
      stride_(count),
      run_(run) {
  if (plan_.load)
    arrivals_ = arrivals_of(*plan_.load, plan_.count, plan_.seed, {index, count});
  else if (plan_.count)
    left_ = *plan_.count / count + (index < *plan_.count % count ? 1 : 0);
}

void Echo::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  if (arrivals_) arrival_ = arrivals_->next();
  for (std::uint32_t i = 0; i < clients_.size(); ++i)
    if (clients_[i].is_subscribed) ready(clients_[i], begin);
}

void Echo::ready(Client& c, Instant now) {
  if (!begun_ || c.is_slow) return;
  next(c, now);
}

// Lets a client that waits for nothing go on.
void Echo::next(Client& c, Instant now) {
  if (stopped_) return;
  if (arrivals_) {
    if (!is_free_[c.index]) free_.push_back(c.index);
    is_free_[c.index] = true;
    return;
  }
  if (plan_.think > Nanoseconds(0))
    agenda_.add({now + plan_.think, Deed::kSay, c.index, c.use});
  else
    say_next(c, now, now);
}

void Echo::say_next(Client& c, Instant due, Instant now) {
  if (stopped_ || !c.is_subscribed || exchanges_[c.index].due != kNever) return;
  const bool is_measured = due >= measured_from_;
  if (is_measured && left_) {
    if (*left_ == 0) return;
    --*left_;
  }
  say(c, due, is_measured, now);
}

void Echo::dispatch(Instant now) {
  while (arrival_ && !stopped_ && measured_from_ + arrival_->due <= now && !free_.empty()) {
    Client& c = clients_[free_.front()];
    free_.pop_front();
    is_free_[c.index] = false;
    if (!c.is_subscribed) continue;
    say(c, measured_from_ + arrival_->due, true, now);
    arrival_ = arrivals_->next();
  }
}

Instant Echo::next_due() const {
  if (!arrival_ || stopped_ || free_.empty()) return kNever;
  return measured_from_ + arrival_->due;
}

void Echo::say(Client& c, Instant due, bool is_measured, Instant now) {
  Exchange& x = exchanges_[c.index];
  x = {due, now, is_measured, next_id_};
  next_id_ += stride_;
  ++outstanding_;
  char header[ledger::kHeaderBytes];
  if (plan_.text.has_header()) ledger::encode({run_, 0, x.id, due}, header);
  clients_.say(c, plan_.text.fill(x.id, {header, plan_.text.has_header() ? sizeof header : 0}));
  if (is_measured) tally_->lag.record(std::max(Nanoseconds(0), now - due));
}

void Echo::heard(Client& c, std::string_view message, Instant now) {
  Exchange& x = exchanges_[c.index];
  if (x.due == kNever) return;
  if (plan_.text.has_id()) {
    // Its reply holds its id; anything else is not it.
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, x.id).ptr;
    if (message.find(std::string_view(digits, static_cast<std::size_t>(end - digits))) == std::string_view::npos)
      return;
  } else if (plan_.text.has_header()) {
    const auto found = ledger::find_header(message);
    if (found.kind != ledger::HeaderFound::Kind::kFound || found.header.sequence != x.id) return;
  }
  if (x.is_measured) tally_->rtt.record(now - x.due);
  answered(c, now);
}

void Echo::answered(Client& c, Instant now) {
  exchanges_[c.index].due = kNever;
  --outstanding_;
  next(c, now);
}

void Echo::ended(Client& c) {
  Exchange& x = exchanges_[c.index];
  if (x.due == kNever) return;
  x.due = kNever;
  --outstanding_;
  if (x.is_measured) ++tally_->unanswered;
}

void Echo::expire(Instant now) {
  if (outstanding_ == 0 || now < next_look_) return;
  next_look_ = now + kLook;
  for (std::uint32_t i = 0; i < clients_.size(); ++i) {
    Exchange& x = exchanges_[i];
    if (x.due == kNever || x.said + plan_.timeout > now) continue;
    if (x.is_measured) ++tally_->unanswered;
    tally_->problem("no reply to a message within the time-out");
    answered(clients_[i], now);
  }
}

}  // namespace loadstone::audience
