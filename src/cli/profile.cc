#include "cli/profile.h"

#include <charconv>
#include <filesystem>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/run_flags.h"
#include "cli/service_name.h"
#include "probe/find.h"
#include "profile/capture.h"
#include "scenario/values.h"

namespace loadstone::cli {
namespace {

constexpr std::size_t kShown = 15;
constexpr std::size_t kLongestName = 100;

Result<int> parse_frequency(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 10'000)
    return fail(ErrorCode::kInvalid, "expected a number from 1 to 10000");
  return value;
}

Result<Nanoseconds> parse_length(std::string_view text) {
  auto length = parse_duration(text);
  if (length && *length < Nanoseconds(100ms)) return fail(ErrorCode::kInvalid, "expected at least 100ms");
  return length;
}

std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : name.substr(0, kLongestName - 3) + "...";
}

void print(Console& console, const profile::Profile& p) {
  const auto percent = [](double share) { return show_quantity(share, Unit::kRatio); };
  console.out << format("{} samples of CPU time in {} (by {}): {:.2f} cores\n", show_count(p.cpu.samples()),
                        show_quantity(p.seconds, Unit::kSeconds), p.method,
                        p.seconds > 0 ? static_cast<double>(p.cpu.samples()) * p.seconds_each / p.seconds : 0);
  const auto hottest = p.cpu.hottest(kShown);
  if (!hottest.empty()) console.out << "   own  with callees\n";
  for (const auto& f : hottest)
    console.out << format("{:>7}  {:>7}  {}\n", percent(f.self), percent(f.total),
                          shortened(profile::short_name(f.name)));
  if (p.waiting.samples() > 0) console.out << "threads that did not run waited in\n";
  std::vector<std::pair<std::uint64_t, std::string>> waits;
  for (const auto& [stack, times] : p.waiting.all()) waits.emplace_back(times, format("{}", join(stack, " ")));
  std::sort(waits.rbegin(), waits.rend());
  for (std::size_t i = 0; i < std::min<std::size_t>(waits.size(), 5); ++i)
    console.out << format("{:>7}           {}\n",
                          percent(static_cast<double>(waits[i].first) / static_cast<double>(p.waiting.samples())),
                          shortened(waits[i].second));
  for (const auto& warning : p.warnings) console.out << format("! {}\n", warning);
}

}  // namespace

int profile(Console& console, Arguments arguments) {
  Flags flags(
      "profile", "SERVICE [FLAGS]",
      "Samples where a running process spends CPU time, and what its threads wait for. SERVICE is a pid, :PORT, a "
      "command or cgroup:PATH.");
  std::vector<std::string> services;
  std::optional<std::string> duration, out, frequency;
  flags.positionals(services, "SERVICE", "A pid, :PORT, a command or cgroup:PATH");
  flags.value(duration, "-d,--duration", "TIME", "How long to sample (10s)");
  flags.value(out, "-o,--out", "DIR", "Folder for NAME.folded, NAME.speedscope.json and NAME.waiting.folded");
  flags.value(frequency, "-F,--frequency", "N", "Samples for a second of CPU time (99)");
  Usage usage = flags.parse(arguments);
  profile::Order order;
  order.length = read_flag(duration, "--duration", parse_length, usage).value_or(order.length);
  order.per_second = read_flag(frequency, "--frequency", parse_frequency, usage).value_or(order.per_second);
  if (usage.help.empty() && services.size() != 1) usage.mistakes.emplace_back("expected one SERVICE to profile");
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);
  const auto say = [&](const std::string& problem, int code) {
    console.err << "loadstone: " << problem << "\n";
    return code;
  };
  const auto service = find_service(services.front());
  if (!service) return say(service.error().message, kExitUsage);
  order.pid = service->pid;
  Interrupt::watch();
  order.give_up = [] { return Interrupt::signal() != 0; };
  const std::string name = probe::command_of(order.pid);
  console.err << format("sampling {}, pid {}, for {}\n", name, order.pid, show_duration(order.length)) << std::flush;
  const auto taken = profile::capture(order);
  if (!taken) return say(taken.error().message, kExitInvalid);
  print(console, *taken);
  if (out) {
    std::error_code error;
    std::filesystem::create_directories(*out, error);
    if (const auto status = profile::write_profile(*taken, *out, scenario::safe_file_name(name)); !status)
      return say(status.error().message, kExitInvalid);
    console.out << format("flame graph: open {}/{}.speedscope.json in https://www.speedscope.app\n", *out,
                          scenario::safe_file_name(name));
  }
  return taken->cpu.samples() > 0 ? kExitMet : kExitInconclusive;
}

}  // namespace loadstone::cli
