#include "probe/checkup.h"

#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "base/format.h"
#include "base/units.h"
#include "probe/find.h"
#include "probe/machine.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"
#include "probe/watch.h"

namespace loadstone::probe {
namespace {

std::string first_line(const std::string& path) {
  const auto text = read_file(path);
  return text ? text->substr(0, text->find('\n')) : std::string();
}

std::optional<std::uint64_t> number_in(const std::string& path) {
  const std::string text = first_line(path);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

bool can_set_up_io_uring() {
#ifdef SYS_io_uring_setup
  io_uring_params params{};
  const auto fd = ::syscall(SYS_io_uring_setup, 1, &params);
  if (fd >= 0) ::close(static_cast<int>(fd));
  return fd >= 0;
#else
  return false;
#endif
}

bool can_sample() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_CPU_CLOCK;
  attributes.exclude_kernel = 1;
  attributes.disabled = 1;
  const auto fd = ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd >= 0) ::close(static_cast<int>(fd));
  return fd >= 0;
}

bool has_capability(int bit) {
  const auto text = read_file("/proc/self/status");
  const auto at = text ? text->find("CapEff:") : std::string::npos;
  if (at == std::string::npos) return false;
  const auto begin = text->find_first_not_of(" \t", at + 7);
  std::uint64_t mask = 0;
  std::from_chars(text->data() + begin, text->data() + text->size(), mask, 16);
  return ((mask >> bit) & 1U) != 0;
}

double clock_read_ns() {
  constexpr int kReads = 2000;
  const Instant begin = SteadyClock::read();
  Instant end = begin;
  for (int i = 0; i < kReads; ++i) end = SteadyClock::read();
  return static_cast<double>((end - begin).count()) / kReads;
}

}  // namespace

MachineReading read_machine(Nanoseconds window) {
  MachineReading r;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) r.descriptors = limit.rlim_max;
  const std::string ports = first_line("/proc/sys/net/ipv4/ip_local_port_range");
  const char* end = ports.data() + ports.size();
  const auto first = std::from_chars(ports.data(), end, r.first_port);
  if (first.ptr < end) std::from_chars(first.ptr + 1, end, r.last_port);
  r.accept_backlog = number_in("/proc/sys/net/core/somaxconn").value_or(r.accept_backlog);
  r.io_uring = can_set_up_io_uring();
  r.pressure = read_file("/proc/pressure/cpu").has_value();
  const std::string paranoid = first_line("/proc/sys/kernel/perf_event_paranoid");
  std::from_chars(paranoid.data(), paranoid.data() + paranoid.size(), r.perf_paranoid);
  r.may_profile = can_sample();
  constexpr int kSysPtrace = 19;
  r.privileged = ::geteuid() == 0 || has_capability(kSysPtrace);
  r.trace_scope = static_cast<int>(number_in("/proc/sys/kernel/yama/ptrace_scope").value_or(0));
  r.clock_source = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  r.clock_read_ns = clock_read_ns();
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) r.cores = CPU_COUNT(&set);
  r.quota = CpuQuota(::getpid()).cores();
  r.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (const auto text = read_file("/proc/meminfo")) {
    auto memory = parse_meminfo(*text);
    r.memory_available = memory["MemAvailable"];
    r.swap_used = memory["SwapTotal"] - memory["SwapFree"];
  }
  const Machine own(::getpid());
  const MachineTotals before = own.read();
  const Instant until = SteadyClock::read() + window;
  while (SteadyClock::read() < until) {
    constexpr Nanoseconds kSleep = 1ms;
    const Instant slept = SteadyClock::read();
    std::this_thread::sleep_for(kSleep);
    r.worst_wake_seconds = std::max(r.worst_wake_seconds, to_seconds(SteadyClock::read() - slept - kSleep));
  }
  result::ServiceSample seen;
  own.read().add_since(before, seen);
  if (seen.machine_seconds > 0) {
    r.steal = seen.steal_seconds / seen.machine_seconds;
    r.busy = seen.machine_busy / seen.machine_seconds;
  }
  r.io_stalled = std::min(1.0, seen.io_pressure / to_seconds(window));
  return r;
}

std::vector<Check> check_machine(const MachineReading& r) {
  std::vector<Check> checks;
  const auto grade = [](bool bad, bool warning) {
    return bad ? Grade::kBad : warning ? Grade::kWarning : Grade::kGood;
  };
  const auto add = [&](std::string subject, Grade g, std::string found, std::string advice) {
    checks.push_back({std::move(subject), g, std::move(found), g == Grade::kGood ? std::string() : std::move(advice)});
  };
  const auto percent = [](double share) { return show_quantity(share, Unit::kRatio); };

  add("cores", grade(r.cores < 1, r.cores < 2), format("{}", r.cores),
      "the service and loadstone share one core: put one of them on another machine");
  add("CPU quota", grade(r.quota && *r.quota < 1, r.quota && *r.quota < r.cores),
      r.quota ? format("{:.3g} cores", *r.quota) : "none",
      "a quota stops loadstone in the middle of a period: raise cpu.max of its cgroup");
  add("other load", grade(r.busy > 0.5, r.busy > 0.1), percent(r.busy) + " of the CPU",
      "end what else runs here, or expect intervals to be wide and misses to be doubted");
  add("time taken by the host", grade(r.steal > 0.05, r.steal > 0.01), percent(r.steal),
      "the machine is a virtual one that others disturb: use a dedicated one, or repeat runs");
  add("wake-ups", grade(r.worst_wake_seconds > 0.02, r.worst_wake_seconds > 0.002),
      format("at most {} late", show_quantity(r.worst_wake_seconds, Unit::kSeconds)),
      "requests will be sent that late: end what else runs here, or give loadstone cores of its own (taskset)");
  add("waiting for disks", grade(false, r.io_stalled > 0.1), percent(r.io_stalled) + " of the time",
      "something writes or reads a lot: a service that uses the disk will look slower than it is");
  add("frequency governor", grade(false, !r.governor.empty() && r.governor != "performance"),
      r.governor.empty() ? "not to be seen (a virtual machine)" : r.governor,
      "the clock rate follows the load: cpupower frequency-set -g performance");
  add("clock source", grade(r.clock_read_ns > 1000, r.clock_read_ns > 200),
      format("{}, {:.0f} ns a reading", r.clock_source.empty() ? "unknown" : r.clock_source, r.clock_read_ns),
      "reading the time costs a system call: clocksource=tsc on the kernel's command line, if the machine has a stable "
      "one");
  add("open descriptors", grade(r.descriptors < 256, r.descriptors < 20'000),
      format("at most {}", show_count(r.descriptors)),
      "each connection is one: ulimit -Hn 1048576, or LimitNOFILE= of the service manager");
  const std::uint64_t ports = r.last_port >= r.first_port ? r.last_port - r.first_port + 1 : 0;
  add("ports for connections", grade(ports < 1000, ports < 20'000), format("{} to {}", r.first_port, r.last_port),
      "connections to one address share them: sysctl net.ipv4.ip_local_port_range='1024 65535', or --local-ip");
  add("accept backlog", grade(false, r.accept_backlog < 1024), format("at most {}", r.accept_backlog),
      "a burst of connections overflows it, whatever the service asks for: sysctl net.core.somaxconn=4096");
  add("memory", grade(r.memory_available < (std::uint64_t{128} << 20), r.memory_available < (std::uint64_t{512} << 20)),
      show_quantity(static_cast<double>(r.memory_available), Unit::kBytes) + " available",
      "swapping stops the clock for whoever is swapped: free some");
  add("swap", grade(false, r.swap_used > (std::uint64_t{64} << 20)),
      show_quantity(static_cast<double>(r.swap_used), Unit::kBytes) + " used", "swapoff -a before measuring");
  add("io_uring", grade(false, !r.io_uring), r.io_uring ? "allowed" : "not allowed",
      "loadstone uses epoll instead, at a higher cost for each request: sysctl kernel.io_uring_disabled=0");
  add("pressure stalls", grade(false, !r.pressure), r.pressure ? "there" : "not there",
      "waiting for disks and memory cannot be seen: boot with psi=1");
  add("profiles", grade(false, !r.may_profile),
      format("{} (kernel.perf_event_paranoid is {})", r.may_profile ? "allowed" : "not allowed", r.perf_paranoid),
      "sysctl kernel.perf_event_paranoid=1, or CAP_PERFMON");
  add("services of other users", grade(false, !r.privileged),
      r.privileged        ? "can be watched"
      : r.trace_scope > 0 ? "cannot be watched, and the calls of threads cannot be read (kernel.yama.ptrace_scope)"
                          : "cannot be watched",
      "run loadstone as the service's user, or as root");
  return checks;
}

std::vector<Check> check_service(int pid, std::uint16_t port) {
  auto watch = Watch::start(pid, port);
  if (!watch)
    return {
        {"service", Grade::kBad, watch.error().message, "start it, or name another: its pid, its port or its command"}};
  std::this_thread::sleep_for(300ms);  // long enough for every source to have been read once
  std::vector<Check> checks{{"service", Grade::kGood, (*watch)->description(), {}}};
  for (const auto& source : (*watch)->missing())
    checks.push_back(
        {"cannot be read", Grade::kWarning, source, "without it the bottleneck is named with less certainty"});
  for (const auto& source : Machine(pid).missing())
    checks.push_back({"not there", Grade::kWarning, source, "without it the bottleneck is named with less certainty"});
  return checks;
}

}  // namespace loadstone::probe
