#include "probe/cpu_quota.h"

#include "probe/cgroup.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"

namespace loadstone::probe {

CpuQuota::CpuQuota(pid_t process) {
  constexpr const char* kController = "cpu";
  folder_ = cgroup_of(process);
  // Where both versions are mounted a controller belongs to one of them.
  if (!folder_.empty() && read_file(folder_ + "/cpu.max")) return;
  folder_ = cgroup_of(process, kController);
  is_version_1_ = true;
}

std::optional<double> CpuQuota::cores() const {
  if (folder_.empty()) return std::nullopt;
  if (!is_version_1_) return parse_file(folder_ + "/cpu.max", parse_cpu_max);
  const auto quota = parse_file(folder_ + "/cpu.cfs_quota_us", parse_whole);
  const auto period = parse_file(folder_ + "/cpu.cfs_period_us", parse_whole);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

double CpuQuota::throttled_seconds() const {
  if (folder_.empty()) return 0;
  const auto counts = parse_file(folder_ + "/cpu.stat", parse_keyed);
  const auto found = counts.find(is_version_1_ ? "throttled_time" : "throttled_usec");
  return found == counts.end() ? 0 : static_cast<double>(found->second) * (is_version_1_ ? 1e-9 : 1e-6);
}

}  // namespace loadstone::probe
