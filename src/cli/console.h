// Where a command speaks to: streams, and what is known about whoever reads them. Tests make their own.
#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace loadstone::cli {

struct WindowSize {
  int width = 80;
  int height = 24;
};

struct Console {
  std::ostream& out;  // results
  std::ostream& err;  // plans, progress and mistakes
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int width = 80;  // columns of the terminal, when it began
  int height = 24;
  std::function<std::optional<std::string>(std::string_view)> environment = {};
  std::function<WindowSize()> window = {};  // as it is now; empty where that cannot be known
};

// The process's own streams and environment.
[[nodiscard]] Console process_console();

}  // namespace loadstone::cli
