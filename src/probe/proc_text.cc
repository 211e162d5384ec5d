#include "probe/proc_text.h"

#include <algorithm>
#include <charconv>

namespace loadstone::probe {
namespace {

std::string_view next_word(std::string_view& text, std::string_view between = " \t\n") {
  const auto begin = text.find_first_not_of(between);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  const auto end = std::min(text.find_first_of(between, begin), text.size());
  const auto word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

// Takes all before `end`, and `end` too.
std::string_view take_until(std::string_view& text, char end) {
  const auto length = std::min(text.find(end), text.size());
  const auto taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

std::string_view next_line(std::string_view& text) { return take_until(text, '\n'); }

// Whether `wanted` is one of the words between commas.
bool lists(std::string_view words, std::string_view wanted) {
  while (!words.empty())
    if (take_until(words, ',') == wanted) return true;
  return false;
}

template <class T>
std::optional<T> number(std::string_view word, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::uint64_t count(std::string_view word) { return number<std::uint64_t>(word).value_or(0); }

// "Key:   123 kB" → each with its number as written.
template <class Each>
void each_field(std::string_view text, const Each& each) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view rest = line.substr(colon + 1);
    if (const auto value = number<std::uint64_t>(next_word(rest))) each(line.substr(0, colon), *value);
  }
}

constexpr std::uint64_t kKiB = 1024;

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text) {
  // The name may hold anything, even ") ": the last bracket ends it.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessStat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  std::string_view rest = text.substr(close + 1);
  const auto state = next_word(rest);
  const auto parent = number<int>(next_word(rest));
  if (state.size() != 1 || !parent) return std::nullopt;
  stat.state = state.front();
  stat.parent = *parent;
  // Fields by their number in proc(5); 5 is the one after the parent.
  for (int field = 5; field <= 22; ++field) {
    const auto word = next_word(rest);
    if (field == 10) stat.minor_faults = count(word);
    if (field == 12) stat.major_faults = count(word);
    if (field == 14 || field == 15) stat.cpu_ticks += count(word);
    if (field == 20) stat.threads = count(word);
    if (field == 22) stat.started_ticks = count(word);
  }
  return stat;
}

std::optional<std::uint64_t> parse_resident_pages(std::string_view text) {
  next_word(text);
  return number<std::uint64_t>(next_word(text));
}

std::optional<ScheduleStat> parse_schedstat(std::string_view text) {
  const auto run = number<std::uint64_t>(next_word(text));
  const auto wait = number<std::uint64_t>(next_word(text));
  if (!run || !wait) return std::nullopt;
  return ScheduleStat{*run, *wait, count(next_word(text))};
}

std::optional<ProcessStatus> parse_status(std::string_view text) {
  if (!text.starts_with("Name:")) return std::nullopt;
  ProcessStatus status;
  each_field(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "VmHWM") status.peak_bytes = value * kKiB;
    if (key == "VmRSS") status.resident_bytes = value * kKiB;
    if (key == "VmSwap") status.swap_bytes = value * kKiB;
    if (key == "Threads") status.threads = value;
  });
  return status;
}

std::optional<MappedMemory> parse_smaps_rollup(std::string_view text) {
  if (text.find("[rollup]") == std::string_view::npos) return std::nullopt;
  MappedMemory memory;
  each_field(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "Rss") memory.resident_bytes = value * kKiB;
    if (key == "Pss") memory.proportional_bytes = value * kKiB;
    if (key == "Anonymous") memory.anonymous_bytes = value * kKiB;
    if (key == "LazyFree") memory.lazily_freed_bytes = value * kKiB;
    if (key == "SwapPss") memory.swapped_bytes = value * kKiB;
  });
  return memory;
}

std::optional<ProcessIo> parse_io(std::string_view text) {
  if (!text.starts_with("rchar:")) return std::nullopt;
  ProcessIo io;
  each_field(text, [&](std::string_view key, std::uint64_t value) {
    if (key == "read_bytes") io.read_bytes = value;
    if (key == "write_bytes") io.written_bytes = value;
  });
  return io;
}

std::optional<std::uint64_t> parse_limit(std::string_view text, std::string_view row) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(row)) continue;
    line.remove_prefix(row.size());
    const auto soft = next_word(line);
    if (soft == "unlimited") return UINT64_MAX;
    return number<std::uint64_t>(soft);
  }
  return std::nullopt;
}

std::optional<CurrentCall> parse_syscall(std::string_view text) {
  const auto first = next_word(text);
  if (first == "running") return CurrentCall{true, -1, 0};
  const auto nr = number<int>(first);
  if (!nr) return std::nullopt;
  CurrentCall call{false, *nr, 0};
  const auto argument = next_word(text);
  if (argument.starts_with("0x")) call.first = number<std::uint64_t>(argument.substr(2), 16).value_or(0);
  return call;
}

std::map<std::string, std::uint64_t> parse_netstat(std::string_view text) {
  std::map<std::string, std::uint64_t> found;
  while (!text.empty()) {
    // Two lines each: the names, then the values in the same order.
    std::string_view names = next_line(text);
    std::string_view values = next_line(text);
    const auto group = next_word(names, " :");
    if (group.empty() || next_word(values, " :") != group) continue;
    for (auto name = next_word(names, " :"); !name.empty(); name = next_word(names, " :")) {
      const auto value = next_word(values, " :");
      if (const auto n = number<std::uint64_t>(value)) found[std::string(group) + "." + std::string(name)] = *n;
    }
  }
  return found;
}

std::map<std::string, std::uint64_t> parse_sockstat(std::string_view text) {
  std::map<std::string, std::uint64_t> found;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto group = next_word(line, " :");
    for (auto name = next_word(line, " :"); !name.empty(); name = next_word(line, " :"))
      if (const auto n = number<std::uint64_t>(next_word(line)))
        found[std::string(group) + "." + std::string(name)] = *n;
  }
  return found;
}

std::optional<Pressure> parse_pressure(std::string_view text) {
  Pressure pressure;
  bool any = false;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto kind = next_word(line);
    const auto at = line.find("total=");
    if (at == std::string_view::npos || (kind != "some" && kind != "full")) continue;
    std::string_view rest = line.substr(at + 6);
    (kind == "some" ? pressure.some_us : pressure.full_us) = count(next_word(rest));
    any = true;
  }
  return any ? std::optional(pressure) : std::nullopt;
}

std::optional<MachineCpu> parse_machine_cpu(std::string_view text) {
  if (next_word(text) != "cpu") return std::nullopt;
  std::uint64_t ticks[8] = {};  // user nice system idle iowait irq softirq steal; guest time is in user already
  for (auto& t : ticks) t = count(next_word(text));
  return MachineCpu{ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7], ticks[3], ticks[4], ticks[7]};
}

std::map<std::string, std::uint64_t> parse_keyed(std::string_view text) {
  std::map<std::string, std::uint64_t> found;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto key = next_word(line);
    if (const auto value = number<std::uint64_t>(next_word(line))) found[std::string(key)] = *value;
  }
  return found;
}

std::map<std::string, std::uint64_t> parse_meminfo(std::string_view text) {
  std::map<std::string, std::uint64_t> found;
  each_field(text, [&](std::string_view key, std::uint64_t value) { found[std::string(key)] = value * kKiB; });
  return found;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto quota = number<std::uint64_t>(next_word(text));
  const auto period = number<std::uint64_t>(next_word(text));
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::int64_t> parse_whole(std::string_view text) { return number<std::int64_t>(next_word(text)); }

std::optional<std::string> parse_cgroup_path(std::string_view text, std::string_view controller) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view id = take_until(line, ':');
    const std::string_view controllers = take_until(line, ':');
    if (controller.empty() ? id == "0" && controllers.empty() : lists(controllers, controller))
      return std::string(line);
  }
  return std::nullopt;
}

std::optional<std::string> parse_cgroup_mount(std::string_view text, std::string_view controller) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto separator = line.find(" - ");
    if (separator == std::string_view::npos) continue;
    std::string_view system = line.substr(separator + 3);
    const std::string_view type = next_word(system);
    next_word(system);  // what is mounted
    if (controller.empty() ? type != "cgroup2" : type != "cgroup" || !lists(next_word(system), controller)) continue;
    for (int field = 1; field <= 4; ++field) next_word(line);  // id, parent, device, root
    return std::string(next_word(line));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_socket_link(std::string_view text) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!text.starts_with(kPrefix) || !text.ends_with(']')) return std::nullopt;
  return number<std::uint64_t>(text.substr(kPrefix.size(), text.size() - kPrefix.size() - 1));
}

}  // namespace loadstone::probe
