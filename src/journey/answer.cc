#include "journey/answer.h"

#include "base/ascii.h"

namespace loadstone::journey {

std::optional<std::string_view> find_field(std::string_view lines, std::string_view name) {
  std::optional<std::string_view> found;
  each_field(lines, [&](std::string_view field, std::string_view value) {
    if (!found && equals_ignoring_case(field, name)) found = value;
  });
  return found;
}

}  // namespace loadstone::journey
