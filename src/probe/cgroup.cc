#include "probe/cgroup.h"

#include <unistd.h>

#include "base/format.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"

namespace loadstone::probe {

std::string cgroup_of(pid_t process, std::string_view controller) {
  const auto mounts = read_file("/proc/self/mountinfo");
  const auto groups = read_file(format("/proc/{}/cgroup", process));
  const auto mount = mounts ? parse_cgroup_mount(*mounts, controller) : std::nullopt;
  const auto path = groups ? parse_cgroup_path(*groups, controller) : std::nullopt;
  if (!mount || !path || *path == "/") return {};
  std::string folder = *mount + *path;
  return ::access((folder + "/cgroup.procs").c_str(), R_OK) == 0 ? folder : std::string();
}

}  // namespace loadstone::probe
