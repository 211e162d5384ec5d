// How many users or clients there shall be, stage after stage. Pure: the caller has the clock.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace loadstone::schedule {

class Stages {
 public:
  // `stages`, at least one, with a `duration` each and a number `wanted`. It stands in the first of them.
  template <class Stage>
  Stages(const std::vector<Stage>& stages, int Stage::* wanted) {
    for (const Stage& s : stages) all_.push_back({static_cast<std::uint32_t>(s.*wanted), s.duration});
  }

  // The first stage, to which all before `measured_from` belongs, ends its duration after that; the last never does.
  void begin(Instant measured_from) { set_end(measured_from); }
  // Goes on to the next stage if this one is over. To be asked until it is not, for several may have passed.
  bool advance(Instant now) {
    if (now < end_) return false;
    ++current_;
    set_end(end_);
    return true;
  }
  // No other stage follows any more.
  void stay() { end_ = kNever; }

  // When this stage is over.
  [[nodiscard]] Instant end() const { return end_; }
  // The number that this stage wants, and whether the one of this number, from 0, is among them.
  [[nodiscard]] std::uint32_t wanted() const { return all_[current_].wanted; }
  [[nodiscard]] bool wants(std::uint32_t number) const { return number < wanted(); }

 private:
  struct One {
    std::uint32_t wanted;
    Nanoseconds duration;
  };
  void set_end(Instant begin) { end_ = current_ + 1 < all_.size() ? begin + all_[current_].duration : kNever; }

  std::vector<One> all_;
  std::size_t current_ = 0;
  Instant end_ = kNever;
};

}  // namespace loadstone::schedule
