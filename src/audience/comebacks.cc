#include "audience/comebacks.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace loadstone::audience {
namespace {

// Who never came back was away for longer than anybody, and who heard nothing waited for longer than who did.
double away(const result::Return& r) {
  if (!r.open) return std::numeric_limits<double>::infinity();
  return r.heard.value_or(*r.open) - r.dropped;
}
bool is_slower(const result::Return& a, const result::Return& b) { return away(a) > away(b); }

}  // namespace

void Comebacks::note(const Comeback& c) {
  const auto since = [&](Instant at) { return to_seconds(at - measured_from_); };
  result::Return back{.client = c.client, .cycle = c.cycle, .dropped = since(c.dropped), .open = {}, .heard = {}};
  if (c.open != kNever) back.open = since(c.open);
  if (c.open != kNever && c.heard != kNever) back.heard = since(c.heard);
  keep(back);
  last_cycle_ = std::max(last_cycle_, c.cycle);
  if (c.cycle == 0 || c.cycle > result::kMostRecoveryCycles) return;
  if (cycles_.size() < c.cycle) cycles_.resize(c.cycle);
  Cycle one;
  one.told.start = back.dropped;
  one.told.dropped = 1;
  if (back.open) {
    one.told.recovered = 1;
    one.sum_open = one.told.slowest_open = *back.open - back.dropped;
  }
  if (back.heard) {
    one.told.heard = 1;
    one.sum_heard = one.told.slowest_heard = *back.heard - back.dropped;
  }
  cycles_[c.cycle - 1].add(one);
}

void Comebacks::Cycle::add(const Cycle& other) {
  if (other.told.dropped == 0) return;
  told.start = told.dropped == 0 ? other.told.start : std::min(told.start, other.told.start);
  told.dropped += other.told.dropped;
  told.recovered += other.told.recovered;
  told.heard += other.told.heard;
  told.slowest_open = std::max(told.slowest_open, other.told.slowest_open);
  told.slowest_heard = std::max(told.slowest_heard, other.told.slowest_heard);
  sum_open += other.sum_open;
  sum_heard += other.sum_heard;
}

void Comebacks::keep(const result::Return& back) {
  if (slowest_.size() < result::kMostReturns) {
    slowest_.push_back(back);
    std::push_heap(slowest_.begin(), slowest_.end(), is_slower);
    return;
  }
  ++further_;
  if (!is_slower(back, slowest_.front())) return;
  std::pop_heap(slowest_.begin(), slowest_.end(), is_slower);
  slowest_.back() = back;
  std::push_heap(slowest_.begin(), slowest_.end(), is_slower);
}

void Comebacks::add(const Comebacks& other) {
  last_cycle_ = std::max(last_cycle_, other.last_cycle_);
  if (cycles_.size() < other.cycles_.size()) cycles_.resize(other.cycles_.size());
  for (std::size_t i = 0; i < other.cycles_.size(); ++i) cycles_[i].add(other.cycles_[i]);
  for (const result::Return& back : other.slowest_) keep(back);
  further_ += other.further_;
}

result::Recovery Comebacks::course() const {
  result::Recovery course;
  for (const Cycle& cycle : cycles_) {
    course.cycles.push_back(cycle.told);
    result::RecoveryCycle& told = course.cycles.back();
    if (told.recovered > 0) told.mean_open = cycle.sum_open / static_cast<double>(told.recovered);
    if (told.heard > 0) told.mean_heard = cycle.sum_heard / static_cast<double>(told.heard);
  }
  course.further_cycles = last_cycle_ - cycles_.size();
  course.returns = slowest_;
  std::sort(course.returns.begin(), course.returns.end(), [](const result::Return& a, const result::Return& b) {
    return std::tuple(a.dropped, a.client) < std::tuple(b.dropped, b.client);
  });
  course.further_returns = further_;
  return course;
}

}  // namespace loadstone::audience
