#include "cli/doctor.h"

#include <algorithm>

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/service_name.h"
#include "probe/checkup.h"

namespace loadstone::cli {
namespace {

using probe::Check;
using probe::Grade;

constexpr Nanoseconds kWindow = 1s;

void print(Console& console, const std::vector<Check>& checks) {
  std::size_t width = 0;
  for (const Check& c : checks) width = std::max(width, c.subject.size());
  for (const Check& c : checks) {
    const char* mark = c.grade == Grade::kGood ? "ok" : c.grade == Grade::kWarning ? "!" : "BAD";
    console.out << format("{:<3}  {:<{}}  {}\n", mark, c.subject, width, c.found);
    if (!c.advice.empty()) console.out << format("{:{}}-> {}\n", "", 7 + width, c.advice);
  }
}

}  // namespace

int doctor(Console& console, Arguments arguments) {
  Flags flags("doctor", "[SERVICE]",
              "Says whether this machine is fit to measure, and what to do where it is not. With a SERVICE (a pid, "
              ":PORT, a command or cgroup:PATH) also what can be seen of it. Exits with 1 when something is bad.");
  std::vector<std::string> services;
  flags.positionals(services, "SERVICE", "A pid, :PORT, a command or cgroup:PATH");
  Usage usage = flags.parse(arguments);
  if (usage.help.empty() && services.size() > 1) usage.mistakes.emplace_back("expected at most one SERVICE");
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);

  std::vector<Check> checks = probe::check_machine(probe::read_machine(kWindow));
  if (!services.empty()) {
    const auto service = find_service(services.front());
    if (service) {
      for (auto& c : probe::check_service(service->pid, service->port)) checks.push_back(std::move(c));
    } else {
      checks.push_back(
          {"service", Grade::kBad, service.error().message, "name a pid, :PORT, a command or cgroup:PATH"});
    }
  }
  print(console, checks);
  const auto count = [&](Grade g) {
    return std::count_if(checks.begin(), checks.end(), [&](const Check& c) { return c.grade == g; });
  };
  const auto bad = count(Grade::kBad);
  console.out << (bad > 0 ? format("not fit to measure: {} of {} checks are bad\n", bad, checks.size())
                  : count(Grade::kWarning) > 0 ? "fit to measure, with reservations\n"
                                               : "fit to measure\n");
  return bad > 0 ? kExitMissed : kExitMet;
}

}  // namespace loadstone::cli
