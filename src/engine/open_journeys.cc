#include "engine/open_journeys.h"

#include <algorithm>

namespace loadstone::engine {
namespace {

// Where journeys may begin by speaking, each begins when it is due, to see whether it needs a connection of the pool.
// When so many wait for one, the others are not looked at before.
constexpr std::size_t kMostWaiting = 100'000;

}  // namespace

OpenJourneys::OpenJourneys(const Plan& plan, Connections& connections, Dialogues* dialogues, Budget& budget,
                           int connections_count, schedule::Timetable timetable, std::uint64_t seed)
    : plan_(plan),
      connections_(connections),
      dialogues_(dialogues),
      budget_(budget),
      travellers_(plan),
      pool_(plan, connections, *this, connections_count),
      timetable_(std::move(timetable)),
      seed_(seed),
      may_begin_by_speaking_(plan.script->may_begin_by_speaking()) {}

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
// that was due has nothing to do, or begins by speaking.
std::optional<Exchange> OpenJourneys::take(Instant now) {
  const auto& next = timetable_.front();
  const bool begins = next && next->due <= now && (ready_.empty() || next->due < ready_.front().due);
  if (!begins) {
    const Due step = ready_.front();
    ready_.pop_front();
    return exchange_of(step, step.due >= measured_from_);
  }
  const bool measured = next->measured;
  Due step{next->due, 0};
  step.who = depart();
  if (!travellers_.is_on_the_way(step.who))
    unused_.push_back(step.who);
  else if (speaks(step.who))
    to_speak_.push_back(step);
  else
    return exchange_of(step, measured);
  return std::nullopt;
}

Exchange OpenJourneys::exchange_of(const Due& step, bool measured) {
  Exchange exchange;
  exchange.measured = measured;
  exchange.due = step.due;
  exchange.step = travellers_.step(step.who);
  exchange.number = budget_.next_number();
  exchange.user = step.who;
  connections_.scheduled(exchange.measured);
  return exchange;
}

bool OpenJourneys::departs_at_once() const { return may_begin_by_speaking_ && ready_.size() < kMostWaiting; }

void OpenJourneys::collect_ready(Instant now) {
  while (true) {
    const auto& next = timetable_.front();
    const bool goes_on = !later_.empty() && later_.top().due <= now;
    const bool begins = departs_at_once() && next && next->due <= now && (!goes_on || next->due < later_.top().due);
    if (!goes_on && !begins) break;
    Due step{};
    if (begins) {
      step.due = next->due;
      step.who = depart();
    } else {
      step = later_.top();
      later_.pop();
    }
    if (!travellers_.is_on_the_way(step.who))
      unused_.push_back(step.who);  // its journey has nothing to do
    else if (speaks(step.who))
      to_speak_.push_back(step);
    else
      ready_.push_back(step);
  }
  // Nothing becomes due after the measured time: who would go on then does not.
  if (closing_) later_ = {};
}

void OpenJourneys::dispatch(Instant now) {
  pool_.reopen(now);
  collect_ready(now);
  while (is_due(now)) {
    Connection* c = pool_.free();
    if (c == nullptr && !pool_.is_hopeless()) break;
    const auto exchange = take(now);
    if (!exchange) continue;
    if (c != nullptr)
      pool_.start(*c, *exchange, now);
    else
      connections_.refuse(*this, *exchange, now);
  }
  while (!to_speak_.empty()) {
    const Due step = to_speak_.front();
    to_speak_.pop_front();
    dialogues_->start({this, &travellers_}, exchange_of(step, step.due >= measured_from_), now);
  }
}

Instant OpenJourneys::next_due() const {
  Instant next = pool_.next_reopening();
  // With no connection free, what is due waits for a completion, not for a time.
  const bool has_connection = pool_.may_have_free() || pool_.is_hopeless();
  if (!has_connection && dialogues_ == nullptr) return next;
  if (timetable_.front() && (has_connection || departs_at_once())) next = std::min(next, timetable_.front()->due);
  if (!later_.empty()) next = std::min(next, later_.top().due);
  return next;
}

std::uint64_t OpenJourneys::waiting(Instant now) {
  collect_ready(now);
  return to_speak_.size() + ready_.size() + overdue_.count(timetable_, now);
}

Judgement OpenJourneys::judge(const Exchange& exchange, const journey::Answer& answer, Outcome so_far, Instant now) {
  Judgement judgement = travellers_.judge(exchange, answer, so_far, now);
  if (!travellers_.is_on_the_way(exchange.user))
    arrive(exchange.user, now);
  else if (!closing_)
    later_.push({now + travellers_.pause(exchange.user), exchange.user});
  return judgement;
}

// After an answer this is known already.
void OpenJourneys::failed(const Exchange& exchange, Instant now) {
  if (!travellers_.is_on_the_way(exchange.user)) return;
  travellers_.give_up(exchange.user);
  arrive(exchange.user, now);
}

// At the end of a journey, whatever it was like.
void OpenJourneys::arrive(std::uint32_t who, Instant now) {
  if (dialogues_ != nullptr) dialogues_->leave(who, now);
  unused_.push_back(who);
}

void OpenJourneys::stop(Instant now) {
  collect_ready(now);
  while (is_due(now))
    if (const auto exchange = take(now); exchange && exchange->measured) connections_.dropped();
  for (const Due& step : to_speak_)
    if (exchange_of(step, step.due >= measured_from_).measured) connections_.dropped();
  to_speak_.clear();
  timetable_.end();
  later_ = {};
}

}  // namespace loadstone::engine
