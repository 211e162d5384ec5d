#include "cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "config/diagnostic.h"

namespace loadstone::cli {

struct Flags::Parser {
  struct Single {
    CLI::Option* option;
    std::optional<std::string>* into;
    std::vector<std::string> given;
  };
  struct Line {
    std::string heading;
    std::string left;
    std::string help;
  };
  CLI::App app;
  std::string usage;
  std::string about;
  std::string heading = "Flags";
  std::vector<Line> lines;
  std::deque<Single> singles;  // addresses must stay
  bool wants_help = false;
};

namespace {

// "--conections" to "unknown flag --conections; did you mean --connections?"
std::string unknown_flag(const CLI::App& app, const std::string& typed) {
  const std::string name = typed.substr(0, typed.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* o : app.get_options()) {
    for (const auto& n : o->get_lnames()) known.push_back("--" + n);
    for (const auto& n : o->get_snames()) known.push_back("-" + n);
  }
  std::string_view near;
  if (name.size() > 2) near = nearest_word(name.starts_with("--") ? name : "-" + name, known);
  std::string text = format("unknown flag {}", config::printable(name));
  if (!near.empty()) text += format("; did you mean {}?", near);
  return text;
}

bool is_flag(const CLI::App& app, const std::string& text) {
  const auto options = app.get_options();
  return text.starts_with('-') &&
         std::any_of(options.begin(), options.end(), [&](const CLI::Option* o) { return o->check_name(text); });
}

// "-c,--connections" as people write it.
std::string spaced(const std::string& names) {
  std::string text;
  for (const char c : names) text += c == ',' ? std::string(", ") : std::string(1, c);
  return text;
}

// CLI11 says "--rate: 1 required TEXT missing".
std::string missing_value(const std::string& what) {
  return format("{} needs a value", what.substr(0, what.find(':')));
}

}  // namespace

Flags::Flags(std::string_view command, std::string_view usage, std::string_view about)
    : parser_(std::make_unique<Parser>()), command_(command) {
  CLI::App& app = parser_->app;
  parser_->usage = format("loadstone {}{}{}", command, usage.empty() ? "" : " ", usage);
  parser_->about = about;
  app.set_help_flag();
  app.allow_extras();
  app.positionals_at_end(false);
  app.add_flag("-h,--help", parser_->wants_help, "This text");
  parser_->lines.push_back({"Flags", "-h, --help", "This text"});
}

Flags::~Flags() = default;

void Flags::group(std::string_view heading) { parser_->heading = heading; }

void Flags::value(std::optional<std::string>& into, const std::string& names, std::string_view value,
                  const std::string& help) {
  Parser::Single& single = parser_->singles.emplace_back();
  single.into = &into;
  single.option = parser_->app.add_option(names, single.given, help);
  // Not several values after one flag, and "[1,2]" is one value, not two.
  single.option->allow_extra_args(false)->take_all();
  parser_->lines.push_back({parser_->heading, format("{} {}", spaced(names), value), help});
}

void Flags::values(std::vector<std::string>& into, const std::string& names, std::string_view value,
                   const std::string& help) {
  parser_->app.add_option(names, into, help)->allow_extra_args(false)->take_all();
  parser_->lines.push_back({parser_->heading, format("{} {}", spaced(names), value), help + " (repeatable)"});
}

void Flags::optional_value(std::optional<std::string>& into, const std::string& name, std::string_view value,
                           const std::string& unless_given, const std::string& help) {
  Parser::Single& single = parser_->singles.emplace_back();
  single.into = &into;
  single.option = parser_->app.add_flag(format("{}{{{}}}", name, unless_given), single.given, help)
                      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  parser_->lines.push_back({parser_->heading, format("{}[={}]", name, value), help});
}

void Flags::flag(bool& into, const std::string& names, const std::string& help) {
  parser_->app.add_flag(names, into, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  parser_->lines.push_back({parser_->heading, spaced(names), help});
}

void Flags::positionals(std::vector<std::string>& into, std::string_view name, const std::string& help) {
  parser_->app.add_option(std::string(name), into, help)->take_all();
  parser_->lines.push_back({"", std::string(name), help});
}

Usage Flags::parse(Arguments arguments) {
  Usage usage{command_, {}, {}};
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
    parser_->app.parse(std::move(reversed));
    for (const std::string& extra : parser_->app.remaining())
      usage.mistakes.push_back(extra.starts_with('-') && extra.size() > 1
                                   ? unknown_flag(parser_->app, extra)
                                   : format("unexpected argument {}", config::printable(config::quoted(extra))));
    for (Parser::Single& single : parser_->singles) {
      if (single.given.size() > 1)
        usage.mistakes.push_back(format("{} is given more than once", single.option->get_name()));
      if (single.given.empty()) continue;
      // "-c -d 5s": CLI11 takes whatever follows
      if (is_flag(parser_->app, single.given.back()))
        usage.mistakes.push_back(format("{} needs a value", single.option->get_name()));
      else
        *single.into = std::move(single.given.back());
    }
    // An unknown flag's value looks like one argument too many; the flag has been reported.
    if (std::any_of(usage.mistakes.begin(), usage.mistakes.end(),
                    [](const std::string& m) { return m.starts_with("unknown flag"); }))
      std::erase_if(usage.mistakes, [](const std::string& m) { return m.starts_with("unexpected argument"); });
  } catch (const CLI::ArgumentMismatch& e) {
    usage.mistakes.push_back(missing_value(e.what()));
  } catch (const CLI::Error& e) {
    usage.mistakes.emplace_back(config::printable(e.what()));
  }
  if (parser_->wants_help) usage.help = help();
  return usage;
}

std::string Flags::help() const {
  constexpr std::size_t kColumn = 34;  // where the texts begin
  std::string text = format("Usage: {}\n\n{}\n", parser_->usage, parser_->about);
  std::vector<std::string> headings;
  for (const auto& line : parser_->lines)
    if (std::find(headings.begin(), headings.end(), line.heading) == headings.end()) headings.push_back(line.heading);
  std::rotate(headings.begin(), headings.begin() + 1, headings.end());  // the general ones, declared first, come last
  for (const std::string& heading : headings) {
    text += heading.empty() ? "\n" : format("\n{}:\n", heading);
    for (const auto& line : parser_->lines) {
      if (line.heading != heading) continue;
      const std::string left = (line.left.starts_with("--") ? "     " : " ") + line.left;
      text += " " + left;
      text +=
          left.size() + 3 > kColumn ? "\n" + std::string(kColumn, ' ') : std::string(kColumn - left.size() - 1, ' ');
      text += line.help + "\n";
    }
  }
  return text;
}

int answer(Console& console, const Usage& usage) {
  if (!usage.help.empty()) {
    console.out << usage.help;
    return kExitMet;
  }
  for (const std::string& mistake : usage.mistakes) console.err << format("loadstone {}: {}\n", usage.command, mistake);
  console.err << format("`loadstone help {}` lists the flags.\n", usage.command);
  return kExitUsage;
}

std::string underlined(std::string_view text, std::size_t offset, std::size_t length) {
  return format("\n  {}\n  {}^{}", config::printable(text), std::string(offset, ' '),
                std::string(length > 0 ? length - 1 : 0, '~'));
}

}  // namespace loadstone::cli
