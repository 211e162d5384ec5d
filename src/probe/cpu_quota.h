// The CPU quota of a process's cgroup: of version 2, or of the cpu controller of version 1, whichever has one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace loadstone::probe {

// Remembers where the cgroup is, so a process that is moved later is not followed.
class CpuQuota {
 public:
  explicit CpuQuota(pid_t process);

  // How many cores' worth of time it may use; nothing when there is no quota.
  [[nodiscard]] std::optional<double> cores() const;
  // For how long, since the cgroup was made, some of its tasks were kept from running by the quota. Seconds, summed
  // over cores.
  [[nodiscard]] double throttled_seconds() const;

 private:
  std::string folder_;  // empty: in no cgroup but the root
  bool is_version_1_ = false;
};

}  // namespace loadstone::probe
