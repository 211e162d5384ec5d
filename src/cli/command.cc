#include "cli/command.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "config/diagnostic.h"

namespace loadstone::cli {
namespace {

std::string overview(std::span<const Command> commands) {
  std::string text =
      "loadstone: how much load does a service hold, and what limits it?\n\n"
      "Usage: loadstone COMMAND [FLAGS]\n\nCommands:\n";
  for (const Command& c : commands) text += format("  {:<10}  {}\n", c.name, c.help);
  text += format("  {:<10}  {}\n", "help", "what a command does and takes: loadstone help COMMAND");
  text +=
      "\nTry:\n  loadstone http http://127.0.0.1:8000/health -c 10 -d 5s --slo 'latency.p99 < 50ms'\n"
      "  loadstone run suites/code-graph.yaml\n\n"
      "Exit codes: 0 every target met, 1 a target missed, 2 wrong usage, 3 the result is invalid, 4 inconclusive,\n"
      "130 and 143 interrupted.\n";
  return text;
}

const Command* find(std::string_view name, std::span<const Command> commands) {
  const auto it = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return it == commands.end() ? nullptr : &*it;
}

// What somebody may have meant who typed this as a command.
std::string suggestion(std::string_view word, std::span<const Command> commands) {
  if (word.starts_with("ws://") || word.starts_with("wss://"))
    return format("to test a WebSocket: loadstone ws {}", word);
  if (word.find("://") != std::string_view::npos) return format("to test a URL: loadstone http {}", word);
  if (word.ends_with(".yaml") || word.ends_with(".yml")) return format("to run a suite: loadstone run {}", word);
  std::vector<std::string_view> names;
  for (const Command& c : commands) names.push_back(c.name);
  const std::string_view near = nearest_word(word, names);
  return near.empty() ? "`loadstone --help` lists the commands" : config::did_you_mean(near);
}

int unknown(Console& console, std::string_view word, std::span<const Command> commands) {
  console.err << format("loadstone: {} is {}; {}\n", config::printable(config::quoted(word)),
                        word.starts_with('-') ? "not a flag of loadstone itself" : "not a command",
                        config::printable(suggestion(word, commands)));
  return kExitUsage;
}

}  // namespace

int dispatch(Console& console, Arguments arguments, std::span<const Command> commands) {
  if (arguments.empty()) {
    console.err << overview(commands);
    return kExitUsage;
  }
  const std::string& first = arguments.front();
  if (first == "--version" || first == "-V" || first == "version") {
    console.out << "loadstone " << version() << '\n';
    return kExitMet;
  }
  const bool is_help = first == "help" || first == "--help" || first == "-h";
  if (is_help && arguments.size() == 1) {
    console.out << overview(commands);
    return kExitMet;
  }
  const std::string& name = is_help ? arguments[1] : first;
  const Command* command = find(name, commands);
  if (command == nullptr) return unknown(console, name, commands);
  if (!is_help) return command->run(console, arguments.subspan(1));
  const std::vector<std::string> help{"--help"};
  return command->run(console, help);
}

std::string_view version() { return LOADSTONE_VERSION; }

}  // namespace loadstone::cli
