// Where a command speaks to: streams, and what is known about whoever reads them. Tests make their own.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace loadstone::cli {

struct Console {
  std::ostream& out;  // results
  std::ostream& err;  // plans, progress and mistakes
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int width = 80;  // columns of the terminal
  std::function<std::optional<std::string>(std::string_view)> environment = {};
};

// The process's own streams and environment.
[[nodiscard]] Console process_console();

}  // namespace loadstone::cli
