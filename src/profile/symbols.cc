#include "profile/symbols.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "probe/proc_file.h"
#include "profile/stacks.h"

namespace loadstone::profile {
namespace {

constexpr std::size_t kLargestMap = std::size_t{64} << 20;  // bytes of a file of names
constexpr std::size_t kMostMappings = 20'000;               // kept of one process

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view next_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = std::min(text.find_first_of(" \t", begin), text.size());
  const auto word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

std::optional<std::uint64_t> hexadecimal(std::string_view word) {
  if (word.starts_with("0x")) word.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The process's own pid in its innermost namespace, by which it names its map.
std::string inner_pid(pid_t pid) {
  const auto status = probe::read_file(format("/proc/{}/status", pid));
  const auto at = status ? status->find("NSpid:") : std::string::npos;
  if (at == std::string::npos) return std::to_string(pid);
  std::string_view line = std::string_view(*status).substr(at + 6);
  line = line.substr(0, line.find('\n'));
  const auto blank = line.find_last_of(" \t");
  return std::string(blank == std::string_view::npos ? line : line.substr(blank + 1));
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto range = next_word(line);
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) continue;
    const auto begin = hexadecimal(range.substr(0, dash));
    const auto end = hexadecimal(range.substr(dash + 1));
    const auto rights = next_word(line);
    const auto offset = hexadecimal(next_word(line));
    next_word(line);  // device
    next_word(line);  // inode
    if (!begin || !end || !offset || rights.size() < 3 || rights[2] != 'x') continue;
    const auto path = line.find_first_not_of(" \t");
    std::string file(path == std::string_view::npos ? std::string_view() : line.substr(path));
    constexpr std::string_view kDeleted = " (deleted)";
    if (file.ends_with(kDeleted)) file.resize(file.size() - kDeleted.size());
    mappings.push_back({*begin, *end, *offset, std::move(file)});
  }
  return mappings;
}

void NamedRanges::add(std::uint64_t begin, std::uint64_t end, std::string name) {
  ranges_.push_back({begin, end, std::move(name)});
}

void NamedRanges::sort() {
  std::stable_sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 0; i < ranges_.size(); ++i)
    if (ranges_[i].end == 0) ranges_[i].end = i + 1 < ranges_.size() ? ranges_[i + 1].begin : UINT64_MAX;
}

std::string_view NamedRanges::name_at(std::uint64_t address) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](std::uint64_t a, const Range& r) { return a < r.begin; });
  if (after == ranges_.begin()) return {};
  --after;
  return address < after->end ? std::string_view(after->name) : std::string_view();
}

NamedRanges parse_perf_map(std::string_view text) {
  NamedRanges ranges;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto begin = hexadecimal(next_word(line));
    const auto size = hexadecimal(next_word(line));
    const auto name = line.find_first_not_of(" \t");
    if (begin && size && *size > 0 && name != std::string_view::npos)
      ranges.add(*begin, *begin + *size, std::string(line.substr(name)));
  }
  ranges.sort();
  return ranges;
}

NamedRanges parse_kallsyms(std::string_view text) {
  NamedRanges ranges;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto begin = hexadecimal(next_word(line));
    const auto kind = next_word(line);
    if (begin && *begin != 0 && (kind == "t" || kind == "T" || kind == "W" || kind == "w"))
      ranges.add(*begin, 0, std::string(next_word(line)));
  }
  ranges.sort();
  return ranges;
}

void Symbols::refresh(pid_t pid) {
  const auto text = probe::read_file(format("/proc/{}/maps", pid), kLargestMap);
  if (!text) return;
  Process& process = processes_[pid];
  // A process in a container names its files as it sees them. Its root is only asked for what is not ours.
  process.root = format("/proc/{}/root", pid);
  std::vector<Mapping> now = parse_maps(*text);
  for (auto& old : process.mappings) {
    const bool known = std::any_of(now.begin(), now.end(), [&](const Mapping& m) {
      return m.begin == old.begin && m.end == old.end && m.file == old.file;
    });
    if (!known && now.size() < kMostMappings) now.push_back(std::move(old));
  }
  process.mappings = std::move(now);
  const std::string map = format("/tmp/perf-{}.map", inner_pid(pid));
  if (const auto compiled = probe::read_file(process.root + map, kLargestMap))
    process.compiled = parse_perf_map(*compiled);
  // While it lives: afterwards its root cannot be reached any more.
  for (const auto& m : process.mappings)
    if (m.file.starts_with('/')) static_cast<void>(file(process.root + m.file));
}

const ElfSymbols* Symbols::file(const std::string& path) {
  const auto [entry, is_new] = files_.try_emplace(path);
  if (is_new) {
    auto read = ElfSymbols::read(path);
    if (read) entry->second = std::move(*read);
  }
  return entry->second ? &*entry->second : nullptr;
}

std::string Symbols::name_of(pid_t pid, std::uint64_t address) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return std::string(kUnknown);
  const Process& process = found->second;
  for (const Mapping& m : process.mappings) {
    if (address < m.begin || address >= m.end) continue;
    if (m.file.starts_with('/')) {
      if (const ElfSymbols* symbols = file(process.root + m.file))
        if (const auto name = symbols->name_at(address - m.begin + m.file_offset); !name.empty())
          return std::string(name);
      if (const auto name = process.compiled.name_at(address); !name.empty()) return std::string(name);
      return format("[{}]", file_name(m.file));
    }
    if (const auto name = process.compiled.name_at(address); !name.empty()) return std::string(name);
    return m.file.empty() ? std::string(kUnknown) : m.file;
  }
  return std::string(kUnknown);
}

std::string Symbols::kernel_name_of(std::uint64_t address) {
  if (!kernel_) {
    const auto text = probe::read_file("/proc/kallsyms", kLargestMap);
    kernel_ = parse_kallsyms(text.value_or(""));
  }
  const auto name = kernel_->name_at(address);
  return name.empty() ? "[kernel]_[k]" : format("{}_[k]", name);
}

}  // namespace loadstone::profile
