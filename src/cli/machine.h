// The machine a run was made on, for reports and for comparing like with like.
#pragma once

#include <map>
#include <string>

namespace loadstone::cli {

// host, cpu, cores, memory, kernel, system, cpu_limit, memory_limit, governor; what cannot be found out is left out.
[[nodiscard]] std::map<std::string, std::string> machine();

}  // namespace loadstone::cli
