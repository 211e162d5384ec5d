#include "analysis/diagnosis.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::analysis {
namespace {

// Thresholds; docs/diagnosis.md says what was seen where the fault was planted.
constexpr double kGainPower = 0.25;  // throughput that grows with less than this power of the clients: overloaded
constexpr double kFlat = 0.03;       // throughput that changes by less is flat
constexpr double kBusy = 0.85;       // of the cores
constexpr double kAtATime = 1.5;     // threads: below it one works at a time, above it several
constexpr double kOneCore = 0.9;     // of a thread
constexpr double kRatesDiffer = 0.2;
constexpr double kOthers = 0.15;  // of the machine, used by neither the service nor loadstone

std::string percent(double share) { return show_quantity(share, Unit::kRatio); }
std::string bytes(double n) { return show_quantity(n, Unit::kBytes); }
std::string seconds(double s) { return show_quantity(s, Unit::kSeconds); }
std::string of_cores(const Features& f) { return format("CPU {:.2f} of {:.3g} cores", f.cpu, f.cores); }

// No CPU of the machine has nothing to do.
bool is_full(const Features& f) { return f.machine_busy >= 0.95 && f.machine_cores > 0; }
// Of the threads that have work, half run or could.
bool is_running(const Features& f) { return f.share(f.running) >= 0.5; }

// What must be so, and what goes with it.
double score(bool primary, std::initializer_list<bool> corroborating) {
  if (!primary) return 0;
  const auto met = static_cast<double>(std::count(corroborating.begin(), corroborating.end(), true));
  return 0.6 + (corroborating.size() > 0 ? 0.4 * met / static_cast<double>(corroborating.size()) : 0.4);
}

class Rules {
 public:
  explicit Rules(std::span<const Features> steps)
      : steps_(steps), low_(steps.front()), before_(steps[steps.size() - 2]), high_(steps.back()) {
    const double more = before_.load.clients > 0 ? high_.load.clients / before_.load.clients : 1;
    overloaded_ = high_.rate < std::pow(std::max(more, 1.5), kGainPower) * before_.rate;
    width_ = width_at_the_limit();
    crowd_ = crowd_of(high_);
    flat_ = before_.rate > 0 && std::fabs(high_.rate / before_.rate - 1) <= kFlat;
  }

  [[nodiscard]] bool overloaded() const { return overloaded_; }

  // In the order in which they count when scores are equal.
  std::vector<Diagnosis> all() const {
    return {generator(), connection_limit(), accept_backlog(), quota(), coherency(), cpu(), lock(), pool(),
            disk(),      slow_consumer(),    memory()};
  }

 private:
  // Of many threads only some are looked at, and of the few that work hardly one is met. What a step with fewer clients
  // knew of the same limit is as true, and counts by how much it saw; enough clients for two to wait and two to work.
  [[nodiscard]] double width_at_the_limit() const {
    double sum = 0, weights = 0;
    for (const Features& f : steps_) {
      const bool is_at_limit = &f == &high_ || (f.load.clients >= 4 && f.rate >= 0.9 * high_.rate);
      if (!is_at_limit) continue;
      sum += f.full_looks * f.width();
      weights += f.full_looks;
    }
    return weights > 0 ? sum / weights : high_.width();
  }

  // Threads that are ready and hardly ever run: woken for a turn that another one takes, on a machine that others keep
  // busy. Were it the CPU that they lack, they had a share of it like those that have it (two for each core).
  [[nodiscard]] static double crowd_of(const Features& f) {
    const double fair = f.cores * f.running / std::max(f.running + 2 * f.cores, 1e-9);
    return is_full(f) && f.cpu < 0.2 * fair ? f.running - f.cpu : 0;
  }

  Diagnosis generator() const {
    Diagnosis d{"generator_limited", "loadstone itself is the limit", 0, {}, {}, {}};
    // Who is turned away comes again at once; that this keeps the generator busy is the service's doing. So is its
    // waiting for a CPU that the service has taken.
    const bool is_busy = high_.load.generator_busy > 0.8 && high_.load.generator_cpu > 0.3;
    d.score = score((high_.load.generator_limited || is_busy) && high_.turned_away < 0.5, {});
    d.evidence = {format("loadstone's busiest thread was busy for {} of the time", percent(high_.load.generator_busy)),
                  format("the service: {}", of_cores(high_))};
    d.experiment = "more threads (-t) or another machine for loadstone would raise the throughput";
    d.advice = "measure again with more threads, or from another machine: nothing can be said of the service yet";
    return d;
  }

  Diagnosis connection_limit() const {
    Diagnosis d{"connection_limit", "the service takes no more connections", 0, {}, {}, {}};
    const bool at_limit = high_.descriptor_share >= 0.95;
    const bool ignored = high_.queue_used >= 0.9 && low_.queue_used < 0.5 && high_.cpu < 0.2 * high_.cores &&
                         high_.share(high_.sending) < 0.3 &&
                         high_.share(high_.disk) < 0.1;  // its threads are not busy waiting
    const bool refused =
        overloaded_ && high_.turned_away >= 0.1 && low_.turned_away < 0.01 && high_.cpu < kBusy * high_.cores;
    const bool fewer = high_.load.clients > 0 && high_.connections > 0 && high_.connections < 0.95 * high_.load.clients;
    d.score = score(at_limit || ignored || refused, {high_.load.failures > 0 || fewer || at_limit});
    if (at_limit)
      d.evidence.push_back(format("{} of the descriptors it may open are open", percent(high_.descriptor_share)));
    if (refused)
      d.evidence.push_back(
          format("{} of the requests were refused, reset or answered with an error; of {:.0f} clients' {}",
                 percent(high_.turned_away), low_.load.clients, percent(low_.turned_away)));
    d.evidence.push_back(format("connections waited to be accepted at {} of looks, while it used {}",
                                percent(high_.queue_used), of_cores(high_)));
    d.experiment = "a higher limit (ulimit -n, the pool of connections or threads) would let more clients in at once";
    d.advice = "raise the limit of descriptors or connections; close connections that are not used";
    return d;
  }

  Diagnosis accept_backlog() const {
    Diagnosis d{"accept_backlog", "connections overflow the accept queue", 0, {}, {}, {}};
    const bool overflow = high_.overflows > low_.overflows && high_.overflows * high_.load.seconds >= 1;
    const bool full = high_.queue_full >= 0.05 && low_.queue_full < 0.05;
    const bool retried = high_.load.connect_p99 >= 0.9 || high_.syn_retransmits > low_.syn_retransmits;
    d.score = score(overflow || full, {retried});
    d.evidence = {format("{:.0f} connections were refused by a full queue; it was nearly full at {} of looks",
                         high_.overflows * high_.load.seconds, percent(high_.queue_full)),
                  format("connecting took {} at the 99th percentile: a second is when a client tries again",
                         seconds(high_.load.connect_p99))};
    d.experiment = "a longer backlog (listen(), net.core.somaxconn) would make the slow connects disappear";
    d.advice = "accept in a thread of its own, or in a loop until nobody waits; raise the backlog";
    return d;
  }

  Diagnosis quota() const {
    Diagnosis d{"cpu_quota", "its CPU quota stops it", 0, {}, {}, {}};
    d.score = score(high_.throttled > 0.05, {high_.cpu > 0.5 * high_.cores});
    d.evidence = {format("it was stopped by its quota for {} of the time", percent(high_.throttled)), of_cores(high_)};
    d.experiment = "without the quota (cpu.max of its cgroup) the throughput would rise at once";
    d.advice = "raise the quota, or run fewer threads than it has cores";
    return d;
  }

  Diagnosis cpu() const {
    Diagnosis d{"cpu_saturated", "it uses all the CPU there is", 0, {}, {}, {}};
    const double wanted = high_.cpu + high_.cpu_wait;
    const bool runs = is_running(high_);
    const bool queued = high_.cores > 0 && wanted / high_.cores >= 1 &&
                        high_.cpu_wait / std::max(wanted, 1e-9) >= 0.3 && runs &&
                        high_.cpu + high_.load.generator_cpu >= 0.4 * high_.cores;
    const bool all = high_.cores > 0 && high_.cpu / high_.cores >= kBusy;
    // What the others use together is less than a third of what is left. With hundreds of threads that wake each other
    // the one that has the work does not get all of its core any more, and on a machine that is full it does not get it
    // at all: then it is known by having filled it at the step before, or by using most of what the service uses.
    const auto fills = [](const Features& f) {
      return f.busiest_thread >= kOneCore && f.cpu - f.busiest_thread < 0.35 * (f.cores - 1);
    };
    const auto starves = [](const Features& f) {
      return is_full(f) && f.share(f.elsewhere()) < 0.3 && f.busiest_thread >= 0.2 && f.busiest_thread >= 0.5 * f.cpu;
    };
    const bool one =
        high_.cores > 1 && (fills(high_) || starves(high_) ||
                            ((fills(before_) || starves(before_)) && high_.busiest_thread >= 0.6 * high_.cpu));
    // Others use the machine, and it is kept from running by that: they have most of it, or enough where it is not the
    // service that fills the rest.
    const double ours = high_.cpu + high_.load.generator_cpu;
    const double least = (queued || all ? 0.6 : 1 - kOthers) * std::max(high_.machine_cores, high_.cores);
    const bool host = runs && !one && crowd_ == 0 && (high_.steal > 0.05 || (is_full(high_) && ours < least));
    // That others are in the way says less than any cause of the service's own.
    d.score = score(overloaded_ && (all || queued || one || host), {runs || one, !host});
    d.evidence = {
        format("{}, and {:.2f} more were wanted", of_cores(high_), high_.cpu_wait),
        format("{} of the time of threads that had work was spent running", percent(high_.share(high_.running)))};
    d.advice = "profile it (loadstone profile): the hottest functions are what to make cheaper";
    d.experiment = "another core would raise the throughput nearly in proportion";
    if (host) {
      d.rule = "host_contention";
      d.title = "other programs of the machine take its CPU";
      d.evidence.push_back(
          format("the machine was busy for {}, its host took {}", percent(high_.machine_busy), percent(high_.steal)));
      d.experiment = "on a machine of its own the throughput would rise";
      d.advice = "end what else runs here, or move the service";
    } else if (one) {
      d.rule = "single_thread";
      d.title = "one thread has all the work";
      d.evidence.push_back(format("its busiest thread used {} of a core, the whole service {:.2f}",
                                  percent(high_.busiest_thread), high_.cpu));
      d.experiment =
          "a second process or loop thread would nearly double the throughput; more cores would change nothing";
      d.advice =
          "spread the work over threads or processes (SO_REUSEPORT), or make the loop's hottest function cheaper";
    }
    return d;
  }

  Diagnosis coherency() const {
    Diagnosis d{"work_grows_with_load", "each request costs more the more clients there are", 0, {}, {}, {}};
    // Slope of ln cost on ln concurrency, least squares.
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (const Features& f : steps_) {
      const double load = std::max(f.load.clients, f.load.concurrency);
      if (f.cpu_per_request <= 0 || load <= 0) continue;
      const double x = std::log(load), y = std::log(f.cpu_per_request);
      n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    const double spread = n * sxx - sx * sx;
    const double slope = n >= 3 && spread > 0 ? (n * sxy - sx * sy) / spread : 0;
    const bool dearer = high_.cpu_per_request > 1.5 * low_.cpu_per_request;
    const bool matters =
        high_.cpu >= 0.3 * high_.cores || (is_full(high_) && is_running(high_));  // others use the rest
    d.score = score(slope >= kRatesDiffer && dearer && matters, {slope >= 0.4});
    d.evidence = {
        format("CPU for a request rose from {} to {} between {:.0f} and {:.0f} clients", seconds(low_.cpu_per_request),
               seconds(high_.cpu_per_request), low_.load.clients, high_.load.clients),
        format("it grows with the power {:.2f} of their number", slope)};
    d.experiment = "half as many clients at the same rate would cost less CPU for a request";
    d.advice = "look for work done for every client or entry on each request: broadcasts, scans, growing tables";
    return d;
  }

  Diagnosis lock() const {
    Diagnosis d{"lock_serialization", "a lock lets one thread work at a time", 0, {}, {}, {}};
    const double locked = high_.locked - high_.parked;
    d.score = score(overloaded_ && high_.share(locked) >= 0.5 && width_ <= kAtATime && locked >= 1,
                    {flat_, low_.share(low_.locked - low_.parked) < high_.share(locked)});
    const bool on_cpu = high_.cpu >= 0.5;
    d.evidence = {
        format("{} of the time of threads that had work was spent waiting for a lock", percent(high_.share(locked))),
        format("{:.1f} threads worked at a time, {}", width_, of_cores(high_)),
        on_cpu ? "whoever holds the lock computes"
               : "whoever holds the lock waits itself: for a disk, a sleep, another service"};
    d.experiment =
        "half the time within the lock would double the throughput; more threads or cores would change nothing";
    d.advice = on_cpu ? "do less within the lock, or split it" : "do not wait for anything while holding the lock";
    return d;
  }

  Diagnosis pool() const {
    Diagnosis d{"pool_limit", "a pool or something behind the service is exhausted", 0, {}, {}, {}};
    const double locked = high_.locked - high_.parked;
    const bool waits = high_.share(high_.receiving) >= 0.5;
    const bool stable = high_.width() > 0 && std::fabs(before_.width() / high_.width() - 1) <= 0.15;
    const double in_turn = locked + crowd_;
    const bool of_k = high_.share(in_turn) >= 0.3 && width_ > kAtATime && in_turn >= 1;
    d.score = score(overloaded_ && (waits || of_k) && high_.cpu < 0.5 * high_.cores, {stable || waits, flat_});
    d.evidence = {format("{:.1f} threads worked at a time whatever the load, {} waited for their turn", width_,
                         percent(high_.share(in_turn))),
                  format("{}; {} of the working time was spent waiting for answers of others", of_cores(high_),
                         percent(high_.share(high_.receiving)))};
    d.experiment = "a pool of twice the size would raise the throughput, unless what is behind it is the limit";
    d.advice = "look at what the pool is for (connections, workers, permits), and how long one is held";
    return d;
  }

  Diagnosis disk() const {
    Diagnosis d{"io_wait", "it waits for a disk", 0, {}, {}, {}};
    const bool blocked = high_.share(high_.disk) >= 0.10;
    const bool stalls = high_.io_pressure - low_.io_pressure >= 0.2 && high_.disk_written > 1e6;
    d.score = score(overloaded_ && (blocked || stalls), {high_.disk_written > 1e6 || high_.io_pressure >= 0.2});
    d.evidence = {format("{} of the time of threads that had work was spent waiting for a disk",
                         percent(high_.share(high_.disk))),
                  format("{} a second were written; something waited for a disk in {} of the time",
                         bytes(high_.disk_written), percent(std::min(1.0, high_.io_pressure)))};
    d.experiment = "the same on a file system in memory (tmpfs) would be much faster";
    d.advice = "sync less often or several writes at once; move what need not be durable";
    return d;
  }

  Diagnosis slow_consumer() const {
    Diagnosis d{"slow_consumer", "clients do not take what they are sent", 0, {}, {}, {}};
    // A few that do not read are many among few: of the clients of ours, all of whom read, come ever more.
    const bool many = std::any_of(steps_.begin(), steps_.end(), [](const Features& f) { return f.stuck_share >= 0.1; });
    const bool stuck = many && high_.stuck_share * high_.connections >= 1;
    const bool limited = high_.receiver_limited >= 0.5;
    const bool sending = high_.share(high_.sending) >= 0.3;
    d.score = score(stuck || limited || sending,
                    {high_.unsent_bytes > 1e5 || sending, high_.unsent_bytes > low_.unsent_bytes});
    d.evidence = {format("{} of the connections took none of their unsent bytes between two looks, {} in all",
                         percent(high_.stuck_share), bytes(high_.unsent_bytes)),
                  format("{} of the time of threads that had work was spent blocked in sending",
                         percent(high_.share(high_.sending)))};
    d.experiment = "clients that read at once would make it disappear";
    d.advice = "bound the queue of each client and drop it or its messages; never block the loop in a send";
    return d;
  }

  Diagnosis memory() const {
    Diagnosis d{"memory_growth", "its memory grows with the work", 0, {}, {}, {}};
    const auto per_request = [](const Features& f) { return f.rate > 0 ? f.memory_growth / f.rate : 0; };
    const double each = per_request(high_);
    // What is kept of each request is as much at any load; a heap that is on its way to its size grows ever less.
    const Features& earlier = steps_.size() > 2 ? steps_[steps_.size() - 3] : before_;
    const bool alike =
        each > 0.6 * per_request(before_) && each < 1.7 * per_request(before_) && each > 0.33 * per_request(earlier);
    const bool grows = high_.memory_growth > 200e3 && before_.memory_growth > 100e3 && each > 100 && alike;
    const bool pressed = high_.memory_events > 0 || high_.swapped > 0 || high_.memory_pressure > 0.05;
    d.score = score(grows || pressed, {pressed || each > 500});
    d.evidence = {format("memory rose by {} a second, {} a request", bytes(std::max(0.0, high_.memory_growth)),
                         bytes(std::max(0.0, each)))};
    if (pressed)
      d.evidence.push_back(
          format("{} swapped, {:.0f} events of its cgroup's limit, memory was waited for in {} of the time",
                 bytes(high_.swapped), high_.memory_events, percent(high_.memory_pressure)));
    d.experiment = "a soak of twenty minutes at constant load would see it level off, if it is a cache that fills";
    d.advice = "run a soak (docs/probe.md, Leaks); look at what is kept for each request or connection";
    return d;
  }

  std::span<const Features> steps_;
  const Features& low_;
  const Features& before_;  // the last step but one
  const Features& high_;
  bool overloaded_ = false;
  bool flat_ = false;
  double width_ = 0;
  double crowd_ = 0;  // of the last step
};

Diagnosis unattributed(const Features& high) {
  return {"queueing",
          "requests wait within the service, and nothing that can be seen from outside says for what",
          kMediumConfidence,
          {format("{}, {:.1f} threads worked at a time", of_cores(high), high.width()),
           format("{:.0f} requests were in flight; {} unread bytes", high.load.concurrency, bytes(high.unread_bytes))},
          "the service's own numbers, or a profile with what threads wait for, would name it",
          "loadstone profile shows what its threads wait for"};
}

Diagnosis healthy(const Features& high) {
  return {"healthy",
          "nothing limits it at this load",
          1,
          {format("{:.3g} requests a second with {}", high.rate, of_cores(high))},
          "more load will find the limit",
          "raise the load (--most) to find what limits it"};
}

// The share of the machine that other programs used.
double used_by_others(const Features& f) {
  if (f.machine_cores <= 0) return 0;
  return std::max(0.0, f.machine_busy - (f.cpu + f.load.generator_cpu) / f.machine_cores);
}

}  // namespace

std::string_view confidence(double value) {
  return value >= kHighConfidence ? "high" : value >= kMediumConfidence ? "medium" : "low";
}

Verdict diagnose(std::span<const Features> steps) {
  Verdict verdict;
  if (steps.size() < 2) return verdict;
  const Rules rules(steps);
  verdict.overloaded = rules.overloaded();
  const auto most = std::max_element(steps.begin(), steps.end(), [](const Features& a, const Features& b) {
    return used_by_others(a) < used_by_others(b);
  });
  if (used_by_others(*most) > kOthers)
    verdict.notes.push_back(format(
        "Other programs used {} of the machine at {:.0f} clients: steps that they disturbed differently cannot be "
        "compared, and what is said of the CPU may be theirs.",
        percent(used_by_others(*most)), most->load.clients));
  for (auto& d : rules.all())
    (d.score >= kMediumConfidence ? verdict.ranked : verdict.unlikely).push_back(std::move(d));
  // What makes a measurement worthless, or stands before everything else, counts first; among the others the score
  // counts, and where scores are near, the order of the rules.
  std::stable_sort(verdict.ranked.begin(), verdict.ranked.end(), [](const Diagnosis& a, const Diagnosis& b) {
    const auto rank = [](const Diagnosis& d) {
      return d.rule == "generator_limited" ? 2.0 : std::round(d.score / kClose) * kClose;
    };
    return rank(a) > rank(b);
  });
  if (verdict.ranked.empty())
    verdict.ranked.push_back(rules.overloaded() ? unattributed(steps.back()) : healthy(steps.back()));
  return verdict;
}

}  // namespace loadstone::analysis
