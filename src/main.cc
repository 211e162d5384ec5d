// The loadstone program: the real console, what was typed, and the exit code.
#include <string>
#include <vector>

#include "cli/command.h"

int main(int argc, char** argv) {
  using namespace loadstone::cli;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  Console console = process_console();
  const int code = dispatch(console, arguments, commands());
  console.out.flush();
  return code;
}
