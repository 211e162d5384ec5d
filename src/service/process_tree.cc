#include "service/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/format.h"

namespace loadstone::service {
namespace {

struct Process {
  pid_t pid;
  pid_t parent;
};

// Reads state and parent from /proc/PID/stat. The name before them may hold anything, even ") ", so that the last ')'
// ends it (proc(5)).
bool read_process(pid_t pid, Process& process) {
  const int fd = ::open(format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t n = ::read(fd, text, sizeof text);
  ::close(fd);
  if (n <= 0) return false;
  const std::string_view stat(text, static_cast<std::size_t>(n));
  const std::size_t end = stat.rfind(')');
  if (end == std::string_view::npos || end + 4 >= stat.size()) return false;
  const char state = stat[end + 2];
  if (state == 'Z' || state == 'X') return false;
  process.pid = pid;
  const auto parsed = std::from_chars(stat.data() + end + 4, stat.data() + stat.size(), process.parent);
  return parsed.ec == std::errc();
}

std::vector<Process> every_process() {
  std::vector<Process> all;
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return all;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    Process process{};
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() && read_process(pid, process))
      all.push_back(process);
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

}  // namespace loadstone::service
