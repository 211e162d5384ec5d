// Names of the functions in an ELF file. The one door to libelf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadstone::profile {

class ElfSymbols {
 public:
  // Reads .symtab, and .dynsym where that was stripped; then also the separate file that a distribution has for its
  // build id below `debug_root` (/usr/lib/debug), if it is there.
  [[nodiscard]] static Result<ElfSymbols> read(const std::string& file,
                                               const std::string& debug_root = "/usr/lib/debug");

  // The function at a byte of the file (not an address: mappings tell the byte). Demangled; empty when none is known.
  [[nodiscard]] std::string_view name_at(std::uint64_t file_offset) const;
  [[nodiscard]] std::size_t size() const { return functions_.size(); }

 private:
  struct Function {
    std::uint64_t begin = 0, end = 0;  // addresses within the file's own space
    std::string name;
  };
  struct Segment {
    std::uint64_t offset = 0, size = 0, address = 0;
  };
  void add_from(void* elf);
  void sort();

  std::vector<Function> functions_;
  std::vector<Segment> segments_;
  std::string build_id_;
};

// "ns::f(int)" from "_ZN2ns1fEi"; anything that is not mangled stays as it is.
[[nodiscard]] std::string demangled(const char* name);

}  // namespace loadstone::profile
