// The flags of one subcommand. The one door to CLI11; what the values mean is read by the subcommand itself, so that
// messages are the same as for suites.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace loadstone::cli {

// What was typed is wrong, or asks for help.
struct Usage {
  std::string command;
  std::string help;                   // of the command, when that is what was asked for
  std::vector<std::string> mistakes;  // each a sentence, perhaps with an excerpt below it
};

class Flags {
 public:
  // `command` as typed after loadstone; `usage` what follows it, "URL [FLAGS]"; `about` for the help.
  Flags(std::string_view command, std::string_view usage, std::string_view about);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // Flags declared from here on stand under this heading in the help.
  void group(std::string_view heading);
  // `names` as in "-c,--connections"; `value` names the value in the help. What is given is put in `into`.
  void value(std::optional<std::string>& into, const std::string& names, std::string_view value,
             const std::string& help);
  void values(std::vector<std::string>& into, const std::string& names, std::string_view value,
              const std::string& help);
  // May be given without a value, and is `unless_given` then; a value follows '=': --live=8080.
  void optional_value(std::optional<std::string>& into, const std::string& name, std::string_view value,
                      const std::string& unless_given, const std::string& help);
  void flag(bool& into, const std::string& names, const std::string& help);
  void positionals(std::vector<std::string>& into, std::string_view name, const std::string& help);

  // Fills what was declared. Every unknown flag is reported, with a suggestion; so are flags without value and flags
  // given twice.
  [[nodiscard]] Usage parse(Arguments arguments);

 private:
  [[nodiscard]] std::string help() const;

  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string command_;
};

// Prints the help (exit code 0) or the mistakes (exit code 2).
[[nodiscard]] int answer(Console& console, const Usage& usage);

// A line with the text and one with a caret under a part of it, for the end of a mistake.
[[nodiscard]] std::string underlined(std::string_view text, std::size_t offset, std::size_t length);

}  // namespace loadstone::cli
