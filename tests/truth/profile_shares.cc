// Row P1: a profile of a process that splits its CPU time 60 : 30 : 10 between three functions, against that split; and
// what sampling at the usual rate costs it, in work for a second of its CPU time.
//
//   profile_shares [RUNS]
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/format.h"
#include "profile/capture.h"
#include "tests/truth/truth_row.h"

namespace loadstone::truth {

// External, to have names; different constants keep the functions apart.
#define TURNS(name, start)                                                                             \
  __attribute__((noinline)) std::uint64_t name(std::uint64_t turns) {                                  \
    std::uint64_t x = start;                                                                           \
    asm volatile("" : "+r"(x)); /* else the same turns need not be taken twice */                      \
    for (std::uint64_t i = 0; i < turns; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL; \
    return x;                                                                                          \
  }
TURNS(sixty_percent, 1)
TURNS(thirty_percent, 2)
TURNS(ten_percent, 3)
#undef TURNS

namespace {

struct Shared {
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint64_t> kept{0};
};

// Works for ever in a process of its own.
class Worker {
 public:
  Worker() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::exit(2);
    shared_ = new (memory) Shared();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      shared_->kept += sixty_percent(6'000) + thirty_percent(3'000) + ten_percent(1'000);
      ++shared_->rounds;
    }
  }
  ~Worker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::munmap(shared_, sizeof(Shared));
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  struct Done {
    double rounds, cpu_seconds;
  };
  [[nodiscard]] Done done() const {
    clockid_t clock{};
    timespec t{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &t) != 0) std::exit(2);
    return {static_cast<double>(shared_->rounds),
            static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9};
  }

 private:
  Shared* shared_ = nullptr;
  pid_t pid_ = 0;
};

double pace(const Worker::Done& from, const Worker::Done& to) {
  return (to.rounds - from.rounds) / (to.cpu_seconds - from.cpu_seconds);
}

profile::Profile take(pid_t pid, Nanoseconds length, int per_second) {
  profile::Order order;
  order.pid = pid;
  order.length = length;
  order.per_second = per_second;
  auto taken = profile::capture(order);
  if (!taken) {
    std::fprintf(stderr, "%s\n", taken.error().message.c_str());
    std::exit(2);
  }
  return std::move(*taken);
}

bool shares(int runs) {
  constexpr std::uint64_t kEnough = 1000;
  std::vector<double> errors, rooted;
  std::size_t met = 0, rooted_met = 0;
  for (int i = 0; i < runs; ++i) {
    const Worker worker;
    std::map<std::string, double> self;
    double samples = 0;
    double whole = 0;
    while (samples < kEnough) {  // a busy machine gives it less of a core
      const auto profile = take(worker.pid(), 1500ms, 997);
      for (const auto& f : profile.cpu.hottest(1000))
        self[f.name] += f.self * static_cast<double>(profile.cpu.samples());
      samples += static_cast<double>(profile.cpu.samples());
      whole += profile.cpu.rooted() * static_cast<double>(profile.cpu.samples());
    }
    double worst = 0;
    const std::pair<const char*, double> kTruth[] = {{"sixty", 0.6}, {"thirty", 0.3}, {"ten", 0.1}};
    for (const auto& [name, share] : kTruth) {
      const double seen = self[format("loadstone::truth::{}_percent(unsigned long)", name)] / samples;
      worst = std::max(worst, std::fabs(seen - share));
    }
    errors.push_back(100 * worst);
    met += worst <= 0.03 ? 1 : 0;
    rooted.push_back(100 * whole / samples);
    rooted_met += rooted.back() >= 95 ? 1 : 0;
  }
  const bool a = print_row("P1", "60 : 30 : 10, 1000 samples: worst share", "within 3 points", errors, met, " points");
  const bool b = print_row("P1", "whole stacks, with frame pointers", "at least 95 %", rooted, rooted_met, " %");
  return a && b;
}

bool overhead(int runs) {
  std::vector<double> costs;
  std::size_t met = 0;
  const Worker worker;
  for (int i = 0; i < runs; ++i) {
    // Without, with, without: what the machine does besides is much the same in the middle as around it.
    const auto a = worker.done();
    std::this_thread::sleep_for(1s);
    const auto b = worker.done();
    static_cast<void>(take(worker.pid(), 2s, 99));
    const auto c = worker.done();
    std::this_thread::sleep_for(1s);
    const auto d = worker.done();
    const double without = (pace(a, b) + pace(c, d)) / 2;
    costs.push_back(100 * (1 - pace(b, c) / without));
    met += costs.back() <= 2 ? 1 : 0;
  }
  return print_row("P1", "work lost to sampling at 99 Hz", "at most 2 %", costs, met, " %");
}

}  // namespace
}  // namespace loadstone::truth

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 10;
  const bool met = loadstone::truth::shares(runs);
  return loadstone::truth::overhead(runs) && met ? 0 : 1;
}
