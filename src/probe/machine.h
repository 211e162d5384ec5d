// What the machine, and the cgroup and network namespace of the service, count on their own account. Totals only grow;
// the difference of two is what a stretch of time held.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probe/cpu_quota.h"
#include "result/service_sample.h"

namespace loadstone::probe {

struct MachineTotals {
  double busy_seconds = 0, all_seconds = 0, steal_seconds = 0;    // of CPU, over all cores
  double cpu_pressure = 0, io_pressure = 0, memory_pressure = 0;  // seconds; the service's cgroup's where it has any
  double overflows = 0, syn_retransmits = 0;                      // of the network namespace
  double throttled_seconds = 0;
  double memory_events = 0;

  // Adds what happened between `before` and this.
  void add_since(const MachineTotals& before, result::ServiceSample& into) const;
};

class Machine {
 public:
  explicit Machine(pid_t service);

  [[nodiscard]] MachineTotals read() const;
  // Kernel memory that belongs to the service: its cgroup's sockets and slab. Without a cgroup of its own, half of the
  // machine's slab and of what TCP sockets hold: of a connection of this machine the other end is here too, and only
  // differences over a short time mean anything.
  [[nodiscard]] double kernel_bytes() const;
  // Cores that the service may use: of its affinity, and of the quota of its cgroup.
  [[nodiscard]] double cores() const;
  [[nodiscard]] const std::string& cgroup() const { return cgroup_; }  // folder; empty: not one of its own
  // One sentence for each source that this machine does not have.
  [[nodiscard]] std::vector<std::string> missing() const;

 private:
  [[nodiscard]] double pressure(const char* resource) const;

  pid_t service_;
  std::string cgroup_;
  CpuQuota quota_;
};

}  // namespace loadstone::probe
