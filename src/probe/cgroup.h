// Where the kernel keeps the files of a process's cgroup.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace loadstone::probe {

// The folder of the version-2 cgroup of a process, or of its version-1 cgroup of a controller ("cpu"). Empty when there
// is none, when it may not be read, and when it is the root: the root's files tell of the whole machine, and most of
// them are not there.
[[nodiscard]] std::string cgroup_of(pid_t process, std::string_view controller = {});

}  // namespace loadstone::probe
