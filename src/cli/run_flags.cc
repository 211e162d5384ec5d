#include "cli/run_flags.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/format.h"
#include "base/units.h"
#include "config/diagnostic.h"
#include "report/report.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

Result<int> parse_threads(std::string_view text) {
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads < 1 || threads > kMaxThreads)
    return fail(ErrorCode::kInvalid, format("expected a number from 1 to {}", kMaxThreads));
  return threads;
}

Result<ReactorChoice> parse_reactor(std::string_view text) {
  if (text == "auto") return ReactorChoice::kAuto;
  if (text == "io_uring") return ReactorChoice::kUring;
  if (text == "epoll") return ReactorChoice::kEpoll;
  return fail(ErrorCode::kInvalid, "expected auto, io_uring or epoll");
}

Result<std::uint64_t> parse_seed(std::string_view text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(ErrorCode::kInvalid, "expected a whole number below 2^64");
  return seed;
}

Result<int> parse_exit_code(std::string_view text) {
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (error != std::errc() || end != text.data() + text.size() || code < 0 || code > 125)
    return fail(ErrorCode::kInvalid, "expected an exit code from 0 to 125");
  if (code >= kExitUsage && code <= kExitInconclusive)
    return fail(ErrorCode::kInvalid, "2, 3 and 4 mean something else: usage, invalid, inconclusive");
  return code;
}

Result<OnInconclusive> parse_on_inconclusive(std::string_view text) {
  if (text == "pass") return OnInconclusive::kPass;
  if (text == "fail") return OnInconclusive::kFail;
  if (text == "report") return OnInconclusive::kReport;
  return fail(ErrorCode::kInvalid, "expected pass, fail or report");
}

}  // namespace

void RunFlags::declare(Flags& flags) {
  flags.group("Running");
  flags.value(threads, "-t,--threads", "N", "Threads, each with its own connections (as the machine allows)");
  flags.value(reactor, "--reactor", "auto|io_uring|epoll", "How sockets are driven (auto)");
  flags.value(seed, "--seed", "N", "Of all randomness; the same seed gives the same arrivals");
  flags.flag(no_watch, "--no-watch", "Do not look at the memory and CPU of the service");
  flags.value(probe, "--probe", "HOST:PORT", "Watch it through `loadstone probe --listen` on its own machine");
  flags.group("Results");
  flags.value(out, "-o,--out", "DIR", "Folder for report.html, result.json, summary.md, junit.xml and the histograms");
  std::vector<std::string_view> names;
  for (const auto& known : report::formats()) names.push_back(known.name);
  flags.values(formats, "--format", "NAME,...", format("What to print: {}", join(names, ", ")));
  flags.optional_value(live, "--live", "ADDRESS", "127.0.0.1",
                       "Show the run in a browser while it goes on: here, or at HOST:PORT (with a token)");
  flags.value(exit_code_on_miss, "--exit-code-on-miss", "N", "Exit code when a target is missed (1)");
  flags.value(on_inconclusive, "--on-inconclusive", "pass|fail|report",
              "Exit with 0, 1 or 4 when too little was measured (report)");
}

RunOptions RunFlags::read(Usage& usage) const {
  RunOptions options;
  options.threads = read_flag(threads, "--threads", parse_threads, usage);
  options.reactor = read_flag(reactor, "--reactor", parse_reactor, usage).value_or(options.reactor);
  options.seed = read_flag(seed, "--seed", parse_seed, usage);
  options.exit_code_on_miss =
      read_flag(exit_code_on_miss, "--exit-code-on-miss", parse_exit_code, usage).value_or(options.exit_code_on_miss);
  options.on_inconclusive =
      read_flag(on_inconclusive, "--on-inconclusive", parse_on_inconclusive, usage).value_or(options.on_inconclusive);
  options.watch = !no_watch;
  if (const auto place = read_flag(probe, "--probe", scenario::parse_host_port, usage))
    options.probe = {place->host, place->port};
  if (probe && no_watch) usage.mistakes.emplace_back("--probe and --no-watch: which of the two?");
  options.live = read_flag(live, "--live", liveview::parse_live_address, usage);
  if (out) {
    if (out->empty()) usage.mistakes.emplace_back("--out: the folder's name is missing");
    options.out = *out;
  }
  std::vector<std::string_view> known;
  for (const auto& known_format : report::formats()) known.push_back(known_format.name);
  for (const std::string& name : split_list(formats)) {
    if (report::find_format(name) != nullptr) {
      options.formats.push_back(name);
      continue;
    }
    const std::string_view near = nearest_word(name, known);
    usage.mistakes.push_back(
        format("--format: there is no format {}; {}", shown(name),
               near.empty() ? format("known are {}", join(known, ", ")) : format("did you mean {}?", near)));
  }
  return options;
}

std::string shown(std::string_view text) { return config::printable(config::quoted(text)); }

std::string command_line(std::string_view command, Arguments arguments) {
  std::string text = format("loadstone {}", command);
  for (const std::string& a : arguments) {
    const bool is_plain = !a.empty() && std::all_of(a.begin(), a.end(), [](char c) {
      return is_letter(c) || is_digit(c) || std::string_view("-_./:=,@%+").find(c) != std::string_view::npos;
    });
    if (is_plain) {
      text += " " + a;
      continue;
    }
    text += " '";
    for (const char c : a) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += "'";
  }
  return text;
}

std::vector<std::string> split_list(const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (std::string_view rest : given) {
    while (true) {
      const std::size_t comma = rest.find(',');
      std::string_view part = rest.substr(0, comma);
      while (part.starts_with(' ')) part.remove_prefix(1);
      while (part.ends_with(' ')) part.remove_suffix(1);
      all.emplace_back(part);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return all;
}

}  // namespace loadstone::cli
