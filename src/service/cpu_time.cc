#include "service/cpu_time.h"

#include <dirent.h>
#include <sched.h>

#include <charconv>
#include <ctime>
#include <string_view>

#include "base/format.h"
#include "probe/process_tree.h"

namespace loadstone::service {
namespace {

std::vector<pid_t> tree(pid_t root) {
  auto pids = probe::descendants(root);
  pids.push_back(root);
  return pids;
}

std::vector<pid_t> threads(pid_t pid) {
  std::vector<pid_t> found;
  DIR* folder = ::opendir(format("/proc/{}/task", pid).c_str());
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    pid_t tid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), tid);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) found.push_back(tid);
  }
  ::closedir(folder);
  return found;
}

}  // namespace

Nanoseconds CpuTime::read() {
  std::map<pid_t, Nanoseconds> now;
  for (const pid_t pid : tree(root_)) {
    clockid_t clock{};
    timespec t{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) continue;
    now[pid] = std::chrono::seconds(t.tv_sec) + Nanoseconds(t.tv_nsec);
  }
  for (const auto& [pid, time] : now) {
    const auto before = last_.find(pid);
    // Who was not there at the last read was born since.
    const Nanoseconds used = time - (before == last_.end() ? Nanoseconds(0) : before->second);
    if (began_ && used > Nanoseconds(0)) total_ += used;
  }
  last_ = std::move(now);
  began_ = true;
  return total_;
}

void pin(pid_t root, std::span<const int> processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int p : processors) CPU_SET(static_cast<std::size_t>(p), &set);
  for (const pid_t pid : tree(root))
    for (const pid_t tid : threads(pid)) ::sched_setaffinity(tid, sizeof set, &set);
}

std::vector<int> usable_processors() {
  std::vector<int> found;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return found;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<std::size_t>(i), &set)) found.push_back(i);
  return found;
}

}  // namespace loadstone::service
