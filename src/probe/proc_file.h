// Reading the small files of /proc and /sys: their size says nothing, so they are read until they end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loadstone::probe {

// The text of a file; nothing when it cannot be read (it is gone, or not for us). At most the first `most` bytes.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t most = std::size_t{1} << 20);
// What `parse` makes of its text; an empty result when it cannot be read.
template <class Parse>
[[nodiscard]] auto parse_file(const std::string& path, const Parse& parse) -> decltype(parse(std::string_view())) {
  const auto text = read_file(path);
  if (!text) return {};
  return parse(*text);
}
// Where a link leads, without following it.
[[nodiscard]] std::optional<std::string> read_link(const std::string& path);
// How many entries a folder has, without "." and "..". /proc/PID/fd tells by its size since Linux 6.2; counting costs
// milliseconds at ten thousand.
[[nodiscard]] std::optional<std::uint64_t> count_entries(const std::string& path);

}  // namespace loadstone::probe
