#include "probe/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/format.h"
#include "probe/cgroup.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"

namespace loadstone::probe {
namespace {

double of(const std::map<std::string, std::uint64_t>& values, const char* name) {
  const auto found = values.find(name);
  return found == values.end() ? 0 : static_cast<double>(found->second);
}

}  // namespace

void MachineTotals::add_since(const MachineTotals& before, result::ServiceSample& into) const {
  const auto add = [](double& to, double now, double then) { to += std::max(0.0, now - then); };
  add(into.machine_busy, busy_seconds, before.busy_seconds);
  add(into.machine_seconds, all_seconds, before.all_seconds);
  add(into.steal_seconds, steal_seconds, before.steal_seconds);
  add(into.cpu_pressure, cpu_pressure, before.cpu_pressure);
  add(into.io_pressure, io_pressure, before.io_pressure);
  add(into.memory_pressure, memory_pressure, before.memory_pressure);
  add(into.overflows, overflows, before.overflows);
  add(into.syn_retransmits, syn_retransmits, before.syn_retransmits);
  add(into.throttled_seconds, throttled_seconds, before.throttled_seconds);
  add(into.memory_events, memory_events, before.memory_events);
}

Machine::Machine(pid_t service) : service_(service), cgroup_(cgroup_of(service)), quota_(service) {}

double Machine::pressure(const char* resource) const {
  std::optional<Pressure> found;
  if (!cgroup_.empty()) found = parse_file(format("{}/{}.pressure", cgroup_, resource), parse_pressure);
  if (!found) found = parse_file(format("/proc/pressure/{}", resource), parse_pressure);
  return found ? static_cast<double>(found->some_us) * 1e-6 : 0;
}

MachineTotals Machine::read() const {
  MachineTotals totals;
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (const auto cpu = parse_file("/proc/stat", parse_machine_cpu)) {
    totals.busy_seconds = static_cast<double>(cpu->busy) * tick;
    totals.all_seconds = static_cast<double>(cpu->all()) * tick;
    totals.steal_seconds = static_cast<double>(cpu->steal) * tick;
  }
  totals.cpu_pressure = pressure("cpu");
  totals.io_pressure = pressure("io");
  totals.memory_pressure = pressure("memory");
  const auto net = parse_file(format("/proc/{}/net/netstat", service_), parse_netstat);
  // A connection that found the queue full is counted by one or the other, by whether its request or its completion
  // did.
  totals.overflows = of(net, "TcpExt.ListenOverflows") + of(net, "TcpExt.TCPReqQFullDrop");
  totals.syn_retransmits = of(net, "TcpExt.TCPSynRetrans");
  totals.throttled_seconds = quota_.throttled_seconds();
  if (!cgroup_.empty()) {
    const auto events = parse_file(cgroup_ + "/memory.events", parse_keyed);
    totals.memory_events = of(events, "high") + of(events, "max") + of(events, "oom");
  }
  return totals;
}

double Machine::kernel_bytes() const {
  if (!cgroup_.empty()) {
    const auto memory = parse_file(cgroup_ + "/memory.stat", parse_keyed);
    if (!memory.empty()) return of(memory, "sock") + of(memory, "slab");
  }
  const auto sockets = parse_file(format("/proc/{}/net/sockstat", service_), parse_sockstat);
  const double queued = of(sockets, "TCP.mem") * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return (of(parse_file("/proc/meminfo", parse_meminfo), "Slab") + queued) / 2;
}

double Machine::cores() const {
  cpu_set_t set;
  double cores = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  if (::sched_getaffinity(service_, sizeof set, &set) == 0)
    cores = std::min(cores, static_cast<double>(CPU_COUNT(&set)));
  return std::min(cores, quota_.cores().value_or(cores));
}

std::vector<std::string> Machine::missing() const {
  std::vector<std::string> missing;
  if (::access("/proc/pressure/cpu", R_OK) != 0)
    missing.emplace_back("pressure stalls (/proc/pressure): boot the kernel with psi=1");
  if (cgroup_.empty()) missing.emplace_back("quota and limits: the service is in no cgroup (version 2) of its own");
  return missing;
}

}  // namespace loadstone::probe
