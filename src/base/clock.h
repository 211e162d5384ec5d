// Time on one machine. All stamps are nanoseconds of CLOCK_MONOTONIC, so they compare across threads and processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace loadstone {

using Nanoseconds = std::chrono::nanoseconds;
using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): 250ms reads the same everywhere

// An instant: nanoseconds since the monotonic clock's own zero. The hot path subtracts millions of these a second.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Nanoseconds>;

inline constexpr Instant kNever = Instant::max();

[[nodiscard]] constexpr double to_seconds(Nanoseconds d) { return static_cast<double>(d.count()) * 1e-9; }
[[nodiscard]] constexpr Nanoseconds from_seconds(double s) {
  return Nanoseconds(static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5)));
}

// What the engine asks for the time. Read once a turn of the loop, never once a request.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return read(); }
  [[nodiscard]] static Instant read() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return Instant(Nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec));
  }
};

// CPU time that the calling thread has used.
[[nodiscard]] inline Nanoseconds thread_cpu_time() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return Nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec);
}

// Time that moves only when a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = Instant(Nanoseconds(0))) : now_(start) {}
  [[nodiscard]] Instant now() const override { return now_; }
  void advance(Nanoseconds by) { now_ += by; }
  void advance_to(Instant to) {
    if (to > now_) now_ = to;
  }

 private:
  Instant now_;
};

}  // namespace loadstone
