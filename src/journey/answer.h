// What came back, as a journey looks at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace loadstone::journey {

// Views are valid for the call that they are given to.
struct Answer {
  std::uint16_t status = 0;         // 0: of a message, which has none
  std::string_view fields;          // lines "Name: value", each with its end
  std::string_view body;            // decoded
  std::string_view body_problem{};  // why it could not be, if it could not
};

// Calls f(name, value) with every line, blanks around the value cut off.
template <class F>
void each_field(std::string_view lines, F f) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    f(line.substr(0, colon), value);
  }
}

// The value of the first field of that name.
[[nodiscard]] std::optional<std::string_view> find_field(std::string_view lines, std::string_view name);

}  // namespace loadstone::journey
