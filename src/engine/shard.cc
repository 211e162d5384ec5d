#include "engine/shard.h"

#include <sys/prctl.h>

#include <algorithm>

#include "audience/open_schedule.h"
#include "base/check.h"
#include "engine/closed_journeys.h"
#include "engine/closed_load.h"
#include "engine/open_journeys.h"
#include "engine/open_load.h"

namespace loadstone::engine {
namespace {

// The loop wakes at least this often, so that a pause of the whole process shows as a gap between two turns.
constexpr Nanoseconds kHeartbeat = 10ms;
// A gap longer than this beyond the heartbeat is the generator's own pause.
constexpr Nanoseconds kPause = 20ms;
// What is in flight when a run is stopped early gets this long.
constexpr Nanoseconds kStopDrain = 500ms;
// Spinning begins this long before a request is due.
constexpr Nanoseconds kSpin = 100us;
// How long the peers of an audience may take to close its connections in the end.
constexpr Nanoseconds kFarewell = 2s;

schedule::RateProfile warmup_profile(const scenario::OpenLoad& load, Nanoseconds warmup) {
  if (warmup <= Nanoseconds(0)) return schedule::RateProfile({});
  const auto& first = load.stages.front();
  const double rate = first.from > 0 ? first.from : first.to;
  return schedule::RateProfile({{rate, rate, to_seconds(warmup)}});
}

std::optional<std::uint64_t> share_of(std::optional<std::uint64_t> total, int index, int count) {
  if (!total) return std::nullopt;
  const auto n = static_cast<std::uint64_t>(count);
  return *total / n + (static_cast<std::uint64_t>(index) < *total % n ? 1 : 0);
}

}  // namespace

std::unique_ptr<Tally> Mailbox::empty(const Plan& plan) {
  const std::lock_guard lock(mutex_);
  if (empty_.empty()) return made_++ < kMaxTallies ? std::make_unique<Tally>(plan) : nullptr;
  auto empty = std::move(empty_.back());
  empty_.pop_back();
  return empty;
}

void Mailbox::put(std::unique_ptr<Tally> full) {
  const std::lock_guard lock(mutex_);
  full_.push_back(std::move(full));
}

std::unique_ptr<Tally> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  if (full_.empty()) return nullptr;
  auto oldest = std::move(full_.front());
  full_.pop_front();
  return oldest;
}

void Mailbox::give_back(std::unique_ptr<Tally> read) {
  read->reset();
  const std::lock_guard lock(mutex_);
  empty_.push_back(std::move(read));
}

Shard::Shard(const Plan& plan, int index, int count, net::Reactor& reactor, const Clock& clock, Mailbox& mailbox,
             const Signals& signals)
    : plan_(plan),
      index_(index),
      count_(count),
      reactor_(reactor),
      clock_(clock),
      mailbox_(mailbox),
      signals_(signals),
      connections_(plan, reactor, clock),
      budget_(share_of(plan.request_count, index, count), plan.first_number + static_cast<std::uint64_t>(index),
              static_cast<std::uint64_t>(count)),
      tally_(std::make_unique<Tally>(plan)) {
  if (plan.audience)
    audience_ = std::make_unique<audience::Audience>(*plan.audience, static_cast<std::uint32_t>(index),
                                                     static_cast<std::uint32_t>(count), reactor, plan.duration);
  if (plan.script && plan.script->speaks()) dialogues_.emplace(plan, reactor, clock, connections_);
  count_in_tally();
  make_loads();
}

void Shard::count_in_tally() {
  connections_.count_in(*tally_);
  if (dialogues_) dialogues_->count_in(*tally_);
  if (audience_) audience_->count_in(*tally_->audience);
}

void Shard::make_loads() {
  const Random random(plan_.seed);
  const Turns turns{static_cast<std::uint64_t>(index_), static_cast<std::uint64_t>(count_)};
  std::uint64_t purpose = 0;
  for (const Group& group : plan_.groups) {
    const Random of_group = random.stream(++purpose);
    if (const auto* closed = std::get_if<scenario::ClosedLoad>(&group.load)) {
      int most = 0;
      for (const auto& stage : closed->stages) most = std::max(most, stage.users);
      std::vector<std::uint32_t> users;
      for (int u = 0; u < most; ++u)  // connections are dealt out in turns, with all who share one
        if (u / plan_.streams % count_ == index_) users.push_back(static_cast<std::uint32_t>(u));
      if (plan_.script) {
        loads_.push_back(std::make_unique<ClosedJourneys>(
            plan_, *closed, connections_, dialogues_ ? &*dialogues_ : nullptr, budget_, users, turns, of_group));
        continue;
      }
      loads_.push_back(std::make_unique<ClosedLoad>(plan_, group, connections_, budget_, users,
                                                    of_group.stream(static_cast<std::uint64_t>(index_))));
      continue;
    }
    const auto& open = std::get<scenario::OpenLoad>(group.load);
    if (plan_.script) {
      loads_.push_back(std::make_unique<OpenJourneys>(plan_, connections_, dialogues_ ? &*dialogues_ : nullptr, budget_,
                                                      share(open.connections, index_, count_),
                                                      timetable_of(open, of_group), of_group.stream(3).next()));
      continue;
    }
    if (group.publishing) {
      make_publisher(group, open, of_group);
      continue;
    }
    loads_.push_back(std::make_unique<OpenLoad>(plan_, group, connections_, budget_,
                                                share(open.connections, index_, count_), timetable_of(open, of_group),
                                                of_group.stream(3).next()));
  }
}

// This shard's part of the arrivals.
schedule::Timetable Shard::timetable_of(const scenario::OpenLoad& open, const Random& random) const {
  const auto shape =
      open.arrivals == scenario::Arrivals::kPoisson ? schedule::Shape::kPoisson : schedule::Shape::kUniform;
  const schedule::Arrivals::Stripe stripe{static_cast<std::uint64_t>(index_), static_cast<std::uint64_t>(count_)};
  return {schedule::Arrivals(warmup_profile(open, plan_.warmup), shape, random.stream(1).next(), stripe),
          audience::arrivals_of(open, plan_.request_count, random.stream(2).next(), stripe)};
}

// All messages of a stream come from one shard, and none of them in warm-up: they would have to be heard.
void Shard::make_publisher(const Group& group, const scenario::OpenLoad& open, const Random& random) {
  const Publishing& p = *group.publishing;
  if (p.stream % static_cast<std::uint32_t>(count_) != static_cast<std::uint32_t>(index_)) return;
  const schedule::Arrivals::Stripe stripe{p.turn, p.turns};
  schedule::Arrivals no_warmup(schedule::RateProfile({}), schedule::Shape::kUniform, 0, stripe);
  loads_.push_back(std::make_unique<OpenLoad>(
      plan_, group, connections_, budget_, open.connections,
      schedule::Timetable(std::move(no_warmup), audience::arrivals_of(open, p.count, p.seed, stripe)),
      random.stream(3).next()));
}

void Shard::run(std::atomic<bool>& ready) {
  prctl(PR_SET_TIMERSLACK, 1);
  now_ = clock_.now();
  warm_connections();
  ready = true;
  while (signals_.begin == 0 && !signals_.stop) turn(now_ + 1ms);
  const Instant begin = signals_.begin == 0 ? now_ : Instant(Nanoseconds(signals_.begin.load()));
  while (clock_.now() < begin && !signals_.stop) turn(begin);
  if (signals_.stop) {
    // Stopped before anything was due: nothing is sent.
    stopped_ = true;
    measured_from_ = measured_until_ = block_start_ = now_ = clock_.now();
    end(now_);
    return;
  }

  measured_from_ = begin + plan_.warmup;
  if (plan_.duration) measured_until_ = measured_from_ + *plan_.duration;
  connections_.set_end_of_measured_time(measured_until_);
  Instant drained_by = plan_.duration ? measured_until_ + plan_.drain : kNever;
  const Instant stop_at = plan_.run_timeout ? begin + *plan_.run_timeout : kNever;
  // Blocks begin at whole multiples of their length before and after the start of the measured time, on all shards
  // alike.
  const auto blocks_before = (plan_.warmup + plan_.block - Nanoseconds(1)) / plan_.block;
  block_start_ = measured_from_ - blocks_before * plan_.block;
  block_end_ = block_start_ + plan_.block;
  tally_->measured = plan_.warmup <= Nanoseconds(0);
  now_ = std::max(clock_.now(), begin);
  for (auto& load : loads_) load->begin(now_, measured_from_);
  if (audience_) audience_->begin(now_, measured_from_);

  while (!is_over()) {
    if (now_ >= drained_by) break;
    if (drained_by == kNever && all_exhausted()) drained_by = now_ + plan_.drain;
    if (!stopped_ && (signals_.stop || now_ >= stop_at)) {
      stopped_ = true;
      drained_by = std::min(drained_by, now_ + kStopDrain);
      measured_until_ = std::min(measured_until_, now_);
      connections_.set_end_of_measured_time(measured_until_);
    }
    call_last();
    turn(std::min(
        {next_event(), drained_by, measured_until_ > now_ ? measured_until_ : kNever, stopped_ ? kNever : stop_at}));
  }
  // A schedule may be empty before its time is over; the time counts all the same.
  const bool in_full = plan_.duration && !stopped_ && all_exhausted();
  measured_ = in_full ? *plan_.duration : std::max(Nanoseconds(0), std::min(now_, measured_until_) - measured_from_);
  if ((audience_ || dialogues_) && !stopped_) say_farewell();
  end(now_);
}

// What is left comes to its end now.
void Shard::end(Instant now) {
  for (auto& load : loads_) load->stop(now);
  if (audience_) audience_->stop(now, stopped_);
  connections_.abandon(now);
  if (dialogues_) dialogues_->abandon(now);
  hand_over(now, true);
}

// WebSockets are closed with a handshake; nothing of that is measured.
void Shard::say_farewell() {
  if (audience_) audience_->leave(now_);
  if (dialogues_) dialogues_->say_farewell(now_);
  const auto is_closed = [&] {
    return (!audience_ || audience_->is_closed()) && (!dialogues_ || dialogues_->is_closed());
  };
  const Instant until = now_ + kFarewell;
  while (!is_closed() && now_ < until && !signals_.stop) turn(until);
}

// Opens the first connections, so that no request pays for a handshake unless it is part of the load.
void Shard::warm_connections() {
  for (auto& load : loads_) load->prepare(now_);
  if (audience_) audience_->prepare(now_);
  const Instant give_up = now_ + (audience_ ? audience_->time_to_prepare() : plan_.connect_timeout + 1s);
  const auto is_prepared = [&] {
    return connections_.opening_count() == 0 && (!audience_ || audience_->is_prepared());
  };
  while (!is_prepared() && now_ < give_up && !signals_.stop)
    turn(audience_ ? std::min(give_up, audience_->next_due()) : give_up);
}

void Shard::call_last() {
  if (called_) return;
  if (audience_ && audience_->is_accomplished() && now_ < measured_until_) {
    measured_until_ = now_;
    connections_.set_end_of_measured_time(now_);
  }
  if (now_ < measured_until_ && !stopped_) return;
  called_ = true;
  if (audience_) audience_->last_call();
  for (auto& load : loads_) {
    load->last_call();
    if (stopped_) load->stop(now_);
  }
}

bool Shard::is_over() { return in_flight() == 0 && all_exhausted() && (!audience_ || audience_->is_done(now_)); }

std::uint64_t Shard::in_flight() const { return connections_.in_flight() + (dialogues_ ? dialogues_->in_flight() : 0); }

bool Shard::all_exhausted() const {
  return std::all_of(loads_.begin(), loads_.end(), [](const auto& load) { return load->exhausted(); }) &&
         (!audience_ || audience_->exhausted());
}

Instant Shard::next_event() const {
  Instant next = std::min(connections_.next_deadline(), block_end_);
  if (audience_) next = std::min(next, audience_->next_due());
  if (dialogues_) next = std::min(next, dialogues_->next_deadline());
  for (const auto& load : loads_) {
    Instant due = load->next_due();
    if (due == kNever) continue;
    if (plan_.pacing == scenario::Pacing::kCoalesced) {
      // Up to the next whole millisecond: many requests share one wake-up.
      constexpr Nanoseconds kGrain = 1ms;
      due = Instant((due.time_since_epoch() + kGrain - Nanoseconds(1)) / kGrain * kGrain);
    } else if (plan_.pacing == scenario::Pacing::kSpinning) {
      due -= kSpin;
    }
    next = std::min(next, due);
  }
  return next;
}

// One turn of the loop: wait, complete everything, start what is due, submit once. The clock is read once.
void Shard::turn(Instant deadline) {
  if (audience_) audience_->flush();
  if (dialogues_) dialogues_->flush();
  connections_.flush();  // last, for the others submit by themselves
  const auto completions = reactor_.wait(std::min(deadline, now_ + kHeartbeat));
  const Instant before = now_;
  now_ = clock_.now();
  if (const Nanoseconds gap = now_ - before; gap > kHeartbeat + kPause) tally_->paused += gap - kHeartbeat;
  if (now_ >= block_end_) hand_over(now_, false);
  call_last();  // before an answer that came at the very end lets its user send again
  for (const net::Completion& completion : completions) {
    if (audience_ && audience_->complete(completion, now_)) continue;
    if (!connections_.complete(completion, now_) && dialogues_) dialogues_->complete(completion, now_);
  }
  connections_.expire(now_);
  if (dialogues_) dialogues_->expire(now_);
  for (auto& load : loads_) load->dispatch(now_);
  if (!audience_) return;
  audience_->expire(now_);
  audience_->dispatch(now_);
}

void Shard::hand_over(Instant now, bool last) {
  tally_->start = block_start_ - measured_from_;
  if (block_end_ != kNever) {  // else the block has ended long since, and only waited for what was in flight
    tally_->in_flight = in_flight();
    tally_->waiting = 0;
    for (auto& load : loads_) tally_->waiting += load->waiting(now);
    tally_->connections = audience_ ? audience_->open_count() : connections_.open_count();
    if (dialogues_) tally_->connections += dialogues_->open_count();
  }
  if (audience_ && !last) audience_->settle(now);
  tally_->last = last;
  if (last) {
    tally_->length = std::max(Nanoseconds(0), std::min(now, measured_until_) - block_start_);
    mailbox_.put(std::move(tally_));
    return;
  }
  // The last block of the measured time stays open until everything in flight has ended.
  if (block_end_ >= measured_until_) {
    block_end_ = kNever;
    return;
  }
  // A late turn may have passed several boundaries.
  const auto blocks = (now - block_start_) / plan_.block;
  Instant next = block_start_ + blocks * plan_.block;
  if (block_start_ < measured_from_ && next > measured_from_) next = measured_from_;
  tally_->length = next - block_start_;
  auto empty = mailbox_.empty(plan_);
  if (!empty) {
    block_end_ = next + plan_.block;  // the run is slow to collect: this block grows
    return;
  }
  // Connections opened before the measured time are part of what was asked, and count in it.
  if (!tally_->measured) tally_->move_connects_to(*empty);
  mailbox_.put(std::move(tally_));
  tally_ = std::move(empty);
  tally_->measured = next >= measured_from_;
  count_in_tally();
  block_start_ = next;
  block_end_ = next + plan_.block;
}

}  // namespace loadstone::engine
