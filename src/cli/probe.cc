#include "cli/probe.h"

#include <cstdlib>
#include <thread>

#include "base/format.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "cli/run_flags.h"
#include "cli/service_name.h"
#include "cli/service_watch.h"
#include "liveview/live_address.h"
#include "probe/outpost.h"

namespace loadstone::cli {
namespace {

constexpr std::uint16_t kDefaultPort = 9190;

}  // namespace

int probe(Console& console, Arguments arguments) {
  Flags flags("probe", "[SERVICE] [FLAGS]",
              "Runs on the service's machine and lets loadstone on another one watch it: there, `service: {probe: "
              "HOST:PORT}` in the suite, or --probe HOST:PORT. Watches whoever listens on the port of the target, or "
              "the SERVICE (a pid, :PORT, a command or cgroup:PATH). Ends with Ctrl-C.");
  std::optional<std::string> listen;
  std::vector<std::string> services;
  flags.positionals(services, "SERVICE", "A pid, :PORT, a command or cgroup:PATH");
  flags.value(listen, "--listen", "ADDRESS", format("HOST:PORT to listen on (127.0.0.1:{})", kDefaultPort));
  Usage usage = flags.parse(arguments);
  if (usage.help.empty() && services.size() > 1) usage.mistakes.emplace_back("expected at most one SERVICE");
  const auto address = read_flag(listen, "--listen", liveview::parse_live_address, usage);
  probe::Outpost::Terms terms;
  if (usage.mistakes.empty() && !services.empty()) {
    const auto service = find_service(services.front());
    if (service) {
      terms.process = service->pid;
      terms.service_port = service->port;
    } else {
      usage.mistakes.push_back(service.error().message);
    }
  }
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);

  const liveview::LiveAddress place = address.value_or(liveview::LiveAddress{"127.0.0.1", kDefaultPort});
  const char* given = std::getenv(kProbeToken);
  std::string token = given == nullptr ? "" : given;
  // What a service uses is nobody's business on a network; on loopback whoever is there can look for themselves.
  const bool is_made = token.empty() && !place.is_loopback();
  if (is_made) token = liveview::make_token();
  terms.host = place.host;
  terms.port = place.port;
  terms.admits = [token](std::string_view t) { return token.empty() || liveview::same_token(t, token); };
  Interrupt::watch();
  const auto outpost = probe::Outpost::start(std::move(terms));
  if (!outpost) {
    console.err << format("loadstone: {}\n", outpost.error().message);
    return kExitUsage;
  }
  console.out << format("probing on {}:{}\n", place.host, (*outpost)->port());
  if (is_made) console.out << format("whoever asks needs {}={} in the environment\n", kProbeToken, token);
  console.out << std::flush;
  while (Interrupt::signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kExitMet;
}

}  // namespace loadstone::cli
