// A subcommand, and how one is found by its name.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/console.h"

namespace loadstone::cli {

using Arguments = std::span<const std::string>;

struct Command {
  std::string_view name;
  std::string_view help;                              // one line
  int (*run)(Console& console, Arguments arguments);  // without the command's own name; returns the exit code
};

// Every subcommand, in the order of the help.
[[nodiscard]] std::span<const Command> commands();

// Runs what was typed (without the program's name), or helps: --help, help COMMAND, --version, a misspelt command.
[[nodiscard]] int dispatch(Console& console, Arguments arguments, std::span<const Command> commands);

[[nodiscard]] std::string_view version();

}  // namespace loadstone::cli
