#include "cli/text_style.h"

#include <algorithm>

namespace loadstone::cli {

report::Style text_style(const Console& console) {
  const auto variable = [&](const char* name) {
    return console.environment ? console.environment(name) : std::nullopt;
  };
  report::Style style;
  style.color = console.out_is_terminal && !variable("NO_COLOR");
  style.width = static_cast<std::size_t>(std::max(40, console.width));
  // A locale that says it is not UTF-8 gets plain letters; one that says nothing is taken for a modern terminal.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto value = variable(name);
    if (!value || value->empty()) continue;
    style.unicode = value->find("UTF-8") != std::string::npos || value->find("utf8") != std::string::npos ||
                    *value == "C" || *value == "POSIX";
    break;
  }
  return style;
}

}  // namespace loadstone::cli
