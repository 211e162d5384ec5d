// The threads of the service: which there are, how busy each is, what they are doing. Bounded work however many there
// are. One thread at a time may call it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "probe/proc_text.h"
#include "probe/thread_state.h"
#include "result/service_sample.h"

namespace loadstone::probe {

class Threads {
 public:
  explicit Threads(std::uint64_t seed) : random_(seed) {}

  // Looks which threads there are. Two microseconds a thread.
  void list(std::span<const pid_t> pids, Instant now);
  // Adds what those of the list did since the last call: waiting for a CPU, busiest thread, context switches. At most
  // kMostRead are read; of more, the busiest and some others, and the sums are scaled.
  void account(Instant now, result::ServiceSample& into);

  // Without load: who waits for a futex now has no work. A place where several wait is one where threads wait for work,
  // and whoever waits there later is idle, not locked; so is a thread that has not run since and still waits at a place
  // of its own. While any thread has something to do nothing is learnt, and what was learnt before stays.
  void learn_rest(const IsInbound& is_inbound);
  // Looks at `most` threads taken at random, and adds how many of all are likely to do what. Returns how many it saw.
  std::size_t look(std::size_t most, const IsInbound& is_inbound, result::ServiceSample& into);

  [[nodiscard]] std::size_t size() const { return threads_.size(); }
  // Whether the system calls of threads may be read; true until shown otherwise.
  [[nodiscard]] bool can_read_calls() const { return can_read_calls_; }
  [[nodiscard]] bool can_read_schedule() const { return can_read_schedule_; }

  static constexpr std::size_t kMostRead = 64;

 private:
  struct Thread {
    pid_t pid;
    pid_t tid;
  };
  struct Account {
    ScheduleStat last;
    Instant at{};
    double busy = 0;  // share of a core, when last read
  };
  struct Pace {  // per second, over so many threads
    double wait = 0, turns = 0, threads = 0;
  };
  // A place in the memory of a process. The two words that glibc's condition variables wait on in turns are neighbours.
  using Place = std::pair<pid_t, std::uint64_t>;
  static Place place_of(const Thread& thread, const ThreadLook& look) { return {thread.pid, look.lock >> 3}; }
  struct Rest {
    Place place;
    std::uint64_t turns = 0;  // how often the thread had run
  };
  [[nodiscard]] bool rests(const Thread& thread, const ThreadLook& look) const;
  [[nodiscard]] static std::optional<ScheduleStat> schedule_of(const Thread& thread);
  [[nodiscard]] bool read(const Thread& thread, Instant now, Pace& pace, double& busiest);

  Random random_;
  std::vector<Thread> threads_;
  std::map<pid_t, Account> accounts_;  // by tid
  std::set<Place> shared_rests_;
  std::map<pid_t, Rest> own_rests_;  // by tid
  Instant listed_{};
  Instant accounted_{};
  bool has_accounted_ = false;
  bool can_read_calls_ = true;
  bool can_read_schedule_ = true;
};

// Adds so many threads.
void add_activity(Activity activity, double threads, result::ServiceSample& into);

}  // namespace loadstone::probe
