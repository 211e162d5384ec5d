#include "profile/elf_symbols.h"

#include <cxxabi.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/format.h"

namespace loadstone::profile {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& file) : fd_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

using Handle = std::unique_ptr<Elf, decltype(&elf_end)>;

Handle begin_elf(const Descriptor& file) {
  elf_version(EV_CURRENT);
  Handle elf(file.get() < 0 ? nullptr : elf_begin(file.get(), ELF_C_READ_MMAP, nullptr), elf_end);
  if (elf && elf_kind(elf.get()) != ELF_K_ELF) elf.reset();
  return elf;
}

std::string build_id_of(Elf* elf) {
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_NOTE) continue;
    Elf_Data* bytes = elf_getdata(section, nullptr);
    if (bytes == nullptr) continue;
    GElf_Nhdr note;
    std::size_t name = 0, body = 0;
    for (std::size_t at = 0; (at = gelf_getnote(bytes, at, &note, &name, &body)) > 0;) {
      const auto* begin = static_cast<const unsigned char*>(bytes->d_buf);
      if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || std::memcmp(begin + name, "GNU", 4) != 0) continue;
      std::string id;
      for (std::size_t i = 0; i < note.n_descsz; ++i) id += format("{:02x}", begin[body + i]);
      return id;
    }
  }
  return {};
}

}  // namespace

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> plain(abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                          std::free);
  return status == 0 && plain ? plain.get() : name;
}

void ElfSymbols::add_from(void* handle) {
  auto* elf = static_cast<Elf*>(handle);
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr; section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_entsize == 0) continue;
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) continue;
    Elf_Data* bytes = elf_getdata(section, nullptr);
    if (bytes == nullptr) continue;
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(bytes, i, &symbol) == nullptr) break;
      const int type = GELF_ST_TYPE(symbol.st_info);
      if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_value == 0 || symbol.st_shndx == SHN_UNDEF) continue;
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      if (name != nullptr && *name != '\0')
        functions_.push_back({symbol.st_value, symbol.st_value + symbol.st_size, name});
    }
  }
}

void ElfSymbols::sort() {
  // Of several names of one function (read, __read) the widest and then the first in the alphabet.
  std::sort(functions_.begin(), functions_.end(), [](const Function& a, const Function& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end != b.end ? a.end > b.end : a.name < b.name;
  });
  functions_.erase(std::unique(functions_.begin(), functions_.end(),
                               [](const Function& a, const Function& b) { return a.begin == b.begin; }),
                   functions_.end());
  for (std::size_t i = 0; i < functions_.size(); ++i) {
    Function& f = functions_[i];
    f.name = demangled(f.name.c_str());
    // Hand-written assembly has no size: it ends where the next begins.
    if (f.end == f.begin) f.end = i + 1 < functions_.size() ? functions_[i + 1].begin : f.begin + 4096;
  }
}

Result<ElfSymbols> ElfSymbols::read(const std::string& file, const std::string& debug_root) {
  const Descriptor descriptor(file);
  const Handle elf = begin_elf(descriptor);
  if (!elf) return fail(ErrorCode::kNotFound, format("{} is no ELF file that can be read", file));
  ElfSymbols symbols;
  std::size_t headers = 0;
  elf_getphdrnum(elf.get(), &headers);
  for (std::size_t i = 0; i < headers; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &header) != nullptr && header.p_type == PT_LOAD)
      symbols.segments_.push_back({header.p_offset, header.p_filesz, header.p_vaddr});
  }
  symbols.add_from(elf.get());
  symbols.build_id_ = build_id_of(elf.get());
  if (symbols.build_id_.size() > 2) {
    const Descriptor separate(
        format("{}/.build-id/{}/{}.debug", debug_root, symbols.build_id_.substr(0, 2), symbols.build_id_.substr(2)));
    if (const Handle debug = begin_elf(separate)) symbols.add_from(debug.get());
  }
  symbols.sort();
  return symbols;
}

std::string_view ElfSymbols::name_at(std::uint64_t file_offset) const {
  for (const Segment& s : segments_) {
    if (file_offset < s.offset || file_offset >= s.offset + s.size) continue;
    const std::uint64_t address = file_offset - s.offset + s.address;
    const auto after = std::upper_bound(functions_.begin(), functions_.end(), address,
                                        [](std::uint64_t a, const Function& f) { return a < f.begin; });
    // A function may lie within another one's range; a few steps back find the one that holds the address.
    constexpr int kStepsBack = 8;
    auto f = after;
    for (int i = 0; i < kStepsBack && f != functions_.begin(); ++i) {
      --f;
      if (address < f->end) return f->name;
    }
    return {};
  }
  return {};
}

}  // namespace loadstone::profile
