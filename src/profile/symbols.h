// Names for the addresses of a process: its program and libraries, code that it made at run time, the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/elf_symbols.h"

namespace loadstone::profile {

// A line of /proc/PID/maps that holds code.
struct Mapping {
  std::uint64_t begin = 0, end = 0;
  std::uint64_t file_offset = 0;  // of `begin`
  std::string file;               // as the process names it; "[vdso]", or empty for memory without a file
};
[[nodiscard]] std::vector<Mapping> parse_maps(std::string_view text);

// Addresses and names, sorted by address: /proc/kallsyms, and the /tmp/perf-PID.map that runtimes write of what they
// compiled ("START SIZE NAME", hexadecimal; tools/perf/Documentation/jit-interface.txt of Linux).
class NamedRanges {
 public:
  void add(std::uint64_t begin, std::uint64_t end, std::string name);
  void sort();
  [[nodiscard]] std::string_view name_at(std::uint64_t address) const;  // empty when none holds it
  [[nodiscard]] bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    std::uint64_t begin, end;
    std::string name;
  };
  std::vector<Range> ranges_;
};
[[nodiscard]] NamedRanges parse_perf_map(std::string_view text);
// Empty when the addresses are hidden (kernel.kptr_restrict).
[[nodiscard]] NamedRanges parse_kallsyms(std::string_view text);

class Symbols {
 public:
  // Reads the mappings of a process; to be called again from time to time, since libraries come and go. Those that were
  // seen before are kept, so that a process may have ended when names are asked for.
  void refresh(pid_t pid);

  // "ns::f(int)"; without a name "[libssl.so.3]", or "[unknown]" where nothing is mapped.
  [[nodiscard]] std::string name_of(pid_t pid, std::uint64_t address);
  // "do_syscall_64_[k]"; the suffix is what flame graph tools know kernel frames by.
  [[nodiscard]] std::string kernel_name_of(std::uint64_t address);

 private:
  struct Process {
    std::vector<Mapping> mappings;  // the newest first
    NamedRanges compiled;
    std::string root;  // of its file system
  };
  [[nodiscard]] const ElfSymbols* file(const std::string& path);

  std::map<pid_t, Process> processes_;
  std::map<std::string, std::optional<ElfSymbols>> files_;
  std::optional<NamedRanges> kernel_;
};

}  // namespace loadstone::profile
