#include "journey/answer.h"

#include <algorithm>

namespace loadstone::journey {

bool same_field_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> find_field(std::string_view lines, std::string_view name) {
  std::optional<std::string_view> found;
  each_field(lines, [&](std::string_view field, std::string_view value) {
    if (!found && same_field_name(field, name)) found = value;
  });
  return found;
}

}  // namespace loadstone::journey
