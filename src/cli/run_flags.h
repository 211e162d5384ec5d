// Flags that `run` and the one-line tests have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"
#include "cli/run_options.h"

namespace loadstone::cli {

// As typed.
struct RunFlags {
  std::optional<std::string> threads, reactor, seed, probe, out, live, exit_code_on_miss, on_inconclusive;
  std::vector<std::string> formats;
  bool no_watch = false;

  void declare(Flags& flags);
  // Adds what is wrong to `usage`.
  [[nodiscard]] RunOptions read(Usage& usage) const;
};

// `command arguments...`, quoted so that a shell reads it back as it was.
[[nodiscard]] std::string command_line(std::string_view command, Arguments arguments);

// What was typed, in quotes and safe to print.
[[nodiscard]] std::string shown(std::string_view text);

// What `read` makes of a flag's text; its error is added to `usage` under the flag's name.
template <class T>
std::optional<T> read_flag(const std::optional<std::string>& text, std::string_view name,
                           Result<T> (*read)(std::string_view), Usage& usage) {
  if (!text) return std::nullopt;
  auto result = read(*text);
  if (result) return std::move(*result);
  usage.mistakes.push_back(std::string(name) + " " + shown(*text) + ": " + result.error().message);
  return std::nullopt;
}

// "a,b" and repeated flags to one list without blanks.
[[nodiscard]] std::vector<std::string> split_list(const std::vector<std::string>& given);

}  // namespace loadstone::cli
