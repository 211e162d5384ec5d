#include "cli/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/units.h"

namespace loadstone::cli {
namespace {

// The rest of the first line of a file that begins with `key`, without the separator.
std::string value_of(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find_first_not_of(" \t:=\"", key.size());
    if (at == std::string::npos) return {};
    const auto end = line.find_last_not_of(" \t\"");
    return line.substr(at, end - at + 1);
  }
  return {};
}

}  // namespace

std::map<std::string, std::string> machine() {
  std::map<std::string, std::string> found;
  utsname u{};
  if (uname(&u) == 0) {
    found["host"] = u.nodename;
    found["kernel"] = std::string(u.sysname) + " " + u.release;
  }
  found["cpu"] = value_of("/proc/cpuinfo", "model name");
  found["cores"] = std::to_string(std::thread::hardware_concurrency());
  found["memory"] = show_quantity(
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)), Unit::kBytes);
  // Limits of the container, if there is one: a machine with another limit is another machine.
  found["cpu_limit"] = value_of("/sys/fs/cgroup/cpu.max", "");
  found["memory_limit"] = value_of("/sys/fs/cgroup/memory.max", "");
  found["governor"] = value_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "");
  found["system"] = value_of("/etc/os-release", "PRETTY_NAME");
  std::erase_if(found, [](const auto& entry) { return entry.second.empty(); });
  return found;
}

}  // namespace loadstone::cli
