#include "probe/find.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "base/format.h"
#include "probe/proc_file.h"
#include "probe/proc_text.h"
#include "probe/process_tree.h"
#include "probe/sock_diag.h"

namespace loadstone::probe {
namespace {

// The numbers among the names in a folder: pids below /proc, descriptors below /proc/PID/fd.
std::vector<int> numbers_in(const std::string& path, bool& readable) {
  std::vector<int> found;
  DIR* folder = ::opendir(path.c_str());
  readable = folder != nullptr;
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    int value = 0;
    const std::string_view name = entry->d_name;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error == std::errc() && end == name.data() + name.size()) found.push_back(value);
  }
  ::closedir(folder);
  return found;
}

bool holds_any(pid_t pid, const std::set<std::uint64_t>& inodes, bool& readable) {
  const std::string folder = format("/proc/{}/fd", pid);
  for (const int fd : numbers_in(folder, readable)) {
    const auto link = read_link(format("{}/{}", folder, fd));
    const auto inode = link ? parse_socket_link(*link) : std::nullopt;
    if (inode && inodes.contains(*inode)) return true;
  }
  return false;
}

bool is_same_address(const sockaddr* a, const sockaddr* b) {
  if (a->sa_family != b->sa_family) return false;
  if (a->sa_family == AF_INET)
    return std::memcmp(&reinterpret_cast<const sockaddr_in*>(a)->sin_addr,
                       &reinterpret_cast<const sockaddr_in*>(b)->sin_addr, sizeof(in_addr)) == 0;
  return a->sa_family == AF_INET6 &&
         std::memcmp(&reinterpret_cast<const sockaddr_in6*>(a)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(b)->sin6_addr, sizeof(in6_addr)) == 0;
}

bool is_loopback(const sockaddr* a) {
  if (a->sa_family == AF_INET) return ntohl(reinterpret_cast<const sockaddr_in*>(a)->sin_addr.s_addr) >> 24 == 127;
  return a->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(a)->sin6_addr);
}

}  // namespace

bool is_this_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* resolved = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &resolved) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(resolved, ::freeaddrinfo);
  ifaddrs* own = nullptr;
  if (::getifaddrs(&own) != 0) own = nullptr;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> own_guard(own, ::freeifaddrs);
  for (const addrinfo* a = resolved; a != nullptr; a = a->ai_next) {
    bool here = is_loopback(a->ai_addr);
    for (const ifaddrs* i = own; i != nullptr && !here; i = i->ifa_next)
      here = i->ifa_addr != nullptr && is_same_address(i->ifa_addr, a->ai_addr);
    if (!here) return false;
  }
  return true;
}

Result<pid_t> find_listener(std::uint16_t port) {
  auto diag = SockDiag::open();
  if (!diag) return fail(diag.error());
  const auto listening = diag->listening(port);
  if (!listening) return fail(listening.error());
  if (listening->empty()) return fail(ErrorCode::kNotFound, format("nobody listens on port {}", port));
  std::set<std::uint64_t> inodes;
  for (const auto& socket : *listening) inodes.insert(socket.inode);
  std::vector<pid_t> owners;
  bool all_readable = true;
  bool readable = false;
  for (const int pid : numbers_in("/proc", readable)) {
    if (holds_any(pid, inodes, readable)) owners.push_back(pid);
    all_readable = all_readable && (readable || ::access(format("/proc/{}", pid).c_str(), F_OK) != 0);
  }
  if (owners.empty())
    return fail(ErrorCode::kUnavailable,
                format("whoever listens on port {} {}", port,
                       all_readable ? "is in another container"
                                    : "belongs to another user: run loadstone as that user or as root"));
  const pid_t root = common_root(owners);
  return root != 0 ? root : *std::min_element(owners.begin(), owners.end());
}

Result<pid_t> find_command(std::string_view name) {
  std::vector<pid_t> found;
  bool readable = false;
  for (const int pid : numbers_in("/proc", readable)) {
    if (pid == ::getpid()) continue;
    const auto text = read_file(format("/proc/{}/stat", pid));
    const auto stat = text ? parse_stat(*text) : std::nullopt;
    if (stat && stat->state != 'Z' && (stat->name == name.substr(0, 15) || command_of(pid) == name))
      found.push_back(pid);
  }
  if (found.empty()) return fail(ErrorCode::kNotFound, format("there is no process '{}'", name));
  const pid_t root = common_root(found);
  if (root == 0)
    return fail(ErrorCode::kInvalid,
                format("'{}' runs {} times (pids {}): name one by its pid", name, found.size(), join(found, ", ")));
  return root;
}

Result<std::vector<pid_t>> processes_of_cgroup(const std::string& path) {
  const auto mounts = read_file("/proc/self/mountinfo");
  const auto mount = mounts ? parse_cgroup_mount(*mounts) : std::nullopt;
  if (!mount) return fail(ErrorCode::kUnavailable, "this machine has no cgroups of version 2");
  const std::string root = path.starts_with(*mount) ? path : *mount + (path.starts_with('/') ? "" : "/") + path;
  std::error_code error;
  if (!std::filesystem::is_directory(root, error))
    return fail(ErrorCode::kNotFound, format("there is no cgroup {}", root));
  std::vector<pid_t> found;
  const auto add = [&](const std::string& folder) {
    const auto text = read_file(folder + "/cgroup.procs");
    if (!text) return;
    const char* at = text->data();
    const char* end = at + text->size();
    while (at < end) {
      pid_t pid = 0;
      const auto [next, bad] = std::from_chars(at, end, pid);
      if (bad == std::errc() && pid > 0) found.push_back(pid);
      at = bad == std::errc() ? next : at + 1;
    }
  };
  add(root);
  for (auto it = std::filesystem::recursive_directory_iterator(root, error);
       !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error))
    if (it->is_directory(error)) add(it->path().string());
  return found;
}

std::string command_of(pid_t pid) {
  if (const auto program = read_link(format("/proc/{}/exe", pid))) {
    std::string name = std::filesystem::path(*program).filename().string();
    constexpr std::string_view kDeleted = " (deleted)";
    if (name.ends_with(kDeleted)) name.resize(name.size() - kDeleted.size());
    return name;
  }
  const auto text = read_file(format("/proc/{}/stat", pid));
  const auto stat = text ? parse_stat(*text) : std::nullopt;
  return stat ? stat->name : "?";
}

pid_t common_root(const std::vector<pid_t>& pids) {
  for (const pid_t root : pids) {
    const auto below = descendants(root);
    const bool holds_all = std::all_of(pids.begin(), pids.end(), [&](pid_t pid) {
      return pid == root || std::find(below.begin(), below.end(), pid) != below.end();
    });
    if (holds_all) return root;
  }
  return 0;
}

}  // namespace loadstone::probe
