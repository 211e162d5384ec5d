#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace loadstone::cli {

Console process_console() {
  Console console{std::cout, std::cerr};
  console.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  console.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto window = [] {
    winsize size{};
    WindowSize known;
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return known;
    if (size.ws_col > 0) known.width = size.ws_col;
    if (size.ws_row > 0) known.height = size.ws_row;
    return known;
  };
  console.width = window().width;
  console.height = window().height;
  console.window = window;
  console.environment = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  return console;
}

}  // namespace loadstone::cli
