#include "probe/process_tree.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/format.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"

namespace loadstone::probe {
namespace {

struct Process {
  pid_t pid;
  pid_t parent;
};

std::vector<Process> every_process() {
  std::vector<Process> all;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return all;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    const auto text = read_file(format("/proc/{}/stat", pid));
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    if (stat && stat->state != 'Z' && stat->state != 'X') all.push_back({pid, stat->parent});
  }
  ::closedir(folder);
  return all;
}

}  // namespace

std::vector<pid_t> descendants(pid_t root) {
  const auto all = every_process();
  std::vector<pid_t> found;
  std::vector<pid_t> parents{root};
  while (!parents.empty()) {
    const pid_t parent = parents.back();
    parents.pop_back();
    for (const Process& p : all) {
      if (p.parent != parent || std::find(found.begin(), found.end(), p.pid) != found.end()) continue;
      found.push_back(p.pid);
      parents.push_back(p.pid);
    }
  }
  return found;
}

}  // namespace loadstone::probe
