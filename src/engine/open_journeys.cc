#include "engine/open_journeys.h"

#include <algorithm>

namespace loadstone::engine {

OpenJourneys::OpenJourneys(const Plan& plan, Connections& connections, Budget& budget, int connections_count,
                           schedule::Timetable timetable, std::uint64_t seed)
    : connections_(connections),
      budget_(budget),
      travellers_(plan),
      pool_(plan, connections, *this, connections_count),
      timetable_(std::move(timetable)),
      seed_(seed) {}

void OpenJourneys::begin(Instant begin, Instant measured_from) {
  begun_ = true;
  measured_from_ = measured_from;
  timetable_.begin(begin, measured_from);
}

// A new user at the start of the journey that is due. What it is like depends on its place in the global sequence
// alone, not on the shard that sends it.
std::uint32_t OpenJourneys::depart() {
  const schedule::Timetable::Entry arrival = *timetable_.front();
  timetable_.pop();
  std::uint32_t who = 0;
  if (unused_.empty()) {
    who = travellers_.add(Random(0));
  } else {
    who = unused_.back();
    unused_.pop_back();
  }
  const Random random = Random(seed_).stream(arrival.index * 2 + (arrival.measured ? 1 : 0));
  travellers_.depart(who, {arrival.index, budget_.next_number(), arrival.index + 1}, random);
  return who;
}

// The step that has been due for longest, of those under way and of the journeys that begin. Nothing when the journey
// that was due has nothing to do.
std::optional<Exchange> OpenJourneys::take(Instant now) {
  const auto& next = timetable_.front();
  const bool begins = next && next->due <= now && (ready_.empty() || next->due < ready_.front().due);
  Due step{};
  Exchange exchange;
  if (begins) {
    exchange.measured = next->measured;
    step.due = next->due;
    step.who = depart();
    if (!travellers_.is_on_the_way(step.who)) {
      unused_.push_back(step.who);
      return std::nullopt;
    }
  } else {
    step = ready_.front();
    ready_.pop_front();
    exchange.measured = step.due >= measured_from_;
  }
  exchange.due = step.due;
  exchange.step = travellers_.step(step.who);
  exchange.number = budget_.next_number();
  exchange.user = step.who;
  connections_.scheduled(exchange.measured);
  return exchange;
}

void OpenJourneys::collect_ready(Instant now) {
  while (!later_.empty() && later_.top().due <= now) {
    ready_.push_back(later_.top());
    later_.pop();
  }
  // Nothing becomes due after the measured time: who would go on then does not.
  if (closing_) later_ = {};
}

void OpenJourneys::dispatch(Instant now) {
  pool_.reopen(now);
  collect_ready(now);
  while (is_due(now)) {
    Connection* c = pool_.free();
    if (c == nullptr && !pool_.is_hopeless()) return;
    const auto exchange = take(now);
    if (!exchange) continue;
    if (c != nullptr)
      pool_.start(*c, *exchange, now);
    else
      connections_.refuse(*this, *exchange, now);
  }
}

Instant OpenJourneys::next_due() const {
  Instant next = pool_.next_reopening();
  // With no connection free, what is due waits for a completion, not for a time.
  if (!pool_.may_have_free() && !pool_.is_hopeless()) return next;
  if (timetable_.front()) next = std::min(next, timetable_.front()->due);
  if (!later_.empty()) next = std::min(next, later_.top().due);
  return next;
}

std::uint64_t OpenJourneys::waiting(Instant now) {
  collect_ready(now);
  return ready_.size() + overdue_.count(timetable_, now);
}

Judgement OpenJourneys::judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far, Instant now) {
  Judgement judgement = travellers_.judge(exchange, answer, so_far, now);
  if (!travellers_.is_on_the_way(exchange.user))
    unused_.push_back(exchange.user);
  else if (!closing_)
    later_.push({now + travellers_.pause(exchange.user), exchange.user});
  return judgement;
}

// After an answer this is known already.
void OpenJourneys::failed(const Exchange& exchange, Instant) {
  if (!travellers_.is_on_the_way(exchange.user)) return;
  travellers_.give_up(exchange.user);
  unused_.push_back(exchange.user);
}

void OpenJourneys::stop(Instant now) {
  collect_ready(now);
  while (is_due(now))
    if (const auto exchange = take(now); exchange && exchange->measured) connections_.dropped();
  timetable_.end();
  later_ = {};
}

}  // namespace loadstone::engine
