// A process on this machine, as a person names it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loadstone::cli {

struct NamedService {
  pid_t pid = 0;
  std::uint16_t port = 0;  // 0: not known
};

// "4711" is a pid, ":8000" a port, "cgroup:/system.slice/x.service" a cgroup, anything else a command.
[[nodiscard]] Result<NamedService> find_service(std::string_view text);

}  // namespace loadstone::cli
