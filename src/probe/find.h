// Which processes serve: found by the port they listen on, by name, or by cgroup.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadstone::probe {

// Whether a host name or address means this machine, so that the service can be looked at. Resolves names.
[[nodiscard]] bool is_this_host(const std::string& host);

// The process that listens on a TCP port of this machine. When several share the socket (a server that forked), the one
// that the others came from; when several listen side by side (SO_REUSEPORT), the first. The error says which: nobody
// listens, or whoever does is not ours to look at.
[[nodiscard]] Result<pid_t> find_listener(std::uint16_t port);

// The process of this command name (the first 15 bytes, as the kernel keeps it, or the file name of its program); an
// error when there is none, or several that do not come from one.
[[nodiscard]] Result<pid_t> find_command(std::string_view name);

// All processes of a version-2 cgroup and of those below it. `path` as in /proc/PID/cgroup, or below the mount point.
[[nodiscard]] Result<std::vector<pid_t>> processes_of_cgroup(const std::string& path);

// "code-graph-http": the file name of the program, else the kernel's name for the process; "?" when it is gone.
[[nodiscard]] std::string command_of(pid_t pid);

// Of processes, the one that all others descend from; 0 when there is none such.
[[nodiscard]] pid_t common_root(const std::vector<pid_t>& pids);

}  // namespace loadstone::probe
