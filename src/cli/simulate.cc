#include "cli/simulate.h"

#include <charconv>
#include <thread>

#include "base/format.h"
#include "base/units.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/interrupt.h"
#include "faults/faulty_server.h"
#include "simulate/simulator.h"

namespace loadstone::cli {
namespace {

constexpr Nanoseconds kGrace = 2s;

struct Typed {
  std::optional<std::string> host, port, threads, seed, latency, stall, events, refuse, silent, backlog, connections;
  std::vector<std::string> rules;
  std::optional<std::string> fault, shape;
  bool stamp = false;
  bool deaf = false;

  void declare(Flags& flags) {
    flags.group("Address");
    flags.value(host, "--host", "ADDRESS", "Address to listen on (127.0.0.1)");
    flags.value(port, "--port", "N", "Port; 0 lets the kernel choose (8000)");
    flags.value(threads, "-t,--threads", "N", "Threads (1)");
    flags.value(backlog, "--backlog", "N", "Connections the kernel holds before they are accepted (1024)");
    flags.value(connections, "--max-connections", "N", "Connections served at once (20000)");
    flags.group("Another server, with one planted fault");
    std::string names;
    for (const auto& named : faults::fault_names()) names += (names.empty() ? "" : "|") + std::string(named.name);
    flags.value(fault, "--fault", names, "What is wrong with it; only --port and --shape go with this");
    flags.value(shape, "--shape", "threads|loop|pool",
                "A thread for each connection, one event loop, or 16 workers (threads)");
    flags.group("Behaviour");
    flags.values(
        rules, "--rule", "'GLOB KEY=VALUE …'",
        "What happens to requests whose path matches; the first rule that matches decides. Keys: latency=exp:5ms, "
        "stall=200ms/2s, error=1%:500, reset=, close=, half=, silent=0.1%, body=10kB, body_rate=1MB, "
        "body_end=length|chunked|close, deflate=yes|no_context, at_once=4, queue=100");
    flags.value(latency, "--latency", "SHAPE",
                "For every path: const:1ms, exp:5ms, lognormal:5ms,1.0, bimodal:1ms,20ms,5%, pareto:1ms,1.5");
    flags.value(stall, "--stall", "LENGTH/EVERY",
                "The whole service answers nothing for LENGTH after every EVERY: 200ms/2s");
    flags.value(
        events, "--events", "'KEY=VALUE …'",
        "Faults of /ws/events, /ws/broadcast and /sse/events. Every K-th message: drop=, duplicate=, swap=, corrupt=, "
        "disconnect=K; by seeded share: close=0.1% close_code=1011, reset=0.1%; of every K-th client only: "
        "clients=K. Further: delay=1ms (client i gets all i times this later), stall=200ms/2s, fragments=3, "
        "silent=K (clients), pong=no, refuse=K (upgrades) refuse_with=503|reset, away=N (nobody is let in for N "
        "messages after a disconnect), subscribe=ask, own=20/s (messages made by itself), replay=no and retry=200ms "
        "(of "
        "/sse/events), id=/data/message_id");
    flags.value(refuse, "--refuse-every", "K", "Reset every K-th connection");
    flags.value(silent, "--silent-every", "K", "Accept every K-th connection and never answer on it");
    flags.flag(deaf, "--no-accept", "Leave connections in the kernel's backlog");
    flags.flag(stamp, "--stamp", "X-Sim-Received-Ns and X-Sim-Sent-Ns in every answer");
    flags.value(seed, "--seed", "N", "Of latencies and faults (1)");
  }

  simulate::Options read(Usage& usage) const {
    simulate::Options options;
    options.port = 8000;
    if (host) options.host = *host;
    number(port, "--port", 0, 65535, options.port, usage);
    number(threads, "--threads", 1, 256, options.threads, usage);
    number(backlog, "--backlog", 1, 65535, options.backlog, usage);
    number(connections, "--max-connections", 1, 1'000'000, options.connections, usage);
    number(refuse, "--refuse-every", 1, INT64_MAX, options.refuse_every, usage);
    number(silent, "--silent-every", 1, INT64_MAX, options.silent_every, usage);
    number(seed, "--seed", 0, INT64_MAX, options.seed, usage);
    for (const std::string& text : rules)
      take("--rule", text, simulate::parse_rule(text), usage, [&](auto rule) { options.rules.push_back(rule); });
    if (latency) {
      const std::string text = "* latency=" + *latency;
      take("--latency", *latency, simulate::parse_rule(text), usage, [&](auto rule) { options.rules.push_back(rule); });
    }
    if (stall)
      take("--stall", *stall, simulate::parse_stall(*stall), usage, [&](auto value) { options.stall = value; });
    if (events)
      take("--events", *events, simulate::parse_stream_faults(*events), usage,
           [&](auto value) { options.stream = value; });
    options.accept = !deaf;
    options.stamp = stamp;
    return options;
  }

 private:
  template <class T>
  static void number(const std::optional<std::string>& text, std::string_view flag, std::int64_t low, std::int64_t high,
                     T& into, Usage& usage) {
    if (!text) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < low || value > high)
      usage.mistakes.push_back(high == INT64_MAX
                                   ? format("{}: '{}': expected a whole number of at least {}", flag, *text, low)
                                   : format("{}: '{}': expected a whole number from {} to {}", flag, *text, low, high));
    else
      into = static_cast<T>(value);
  }
  template <class T, class F>
  static void take(std::string_view flag, const std::string& text, const Result<T>& parsed, Usage& usage, F f) {
    if (parsed)
      f(*parsed);
    else
      usage.mistakes.push_back(format("{}: '{}': {}", flag, text, parsed.error().message));
  }
};

int simulate_fault(Console& console, const Typed& typed, std::uint16_t port, Usage usage) {
  faults::Options options;
  options.port = port;
  const auto take = [&](std::string_view flag, const auto& parsed, auto& into) {
    if (parsed)
      into = *parsed;
    else
      usage.mistakes.push_back(format("{}: {}", flag, parsed.error().message));
  };
  take("--fault", faults::fault_named(typed.fault.value_or("none")), options.fault);
  take("--shape", faults::shape_named(typed.shape.value_or("threads")), options.shape);
  if (!usage.mistakes.empty()) return answer(console, usage);
  Interrupt::watch();
  auto server = faults::FaultyServer::start(options);
  if (!server) {
    console.err << "loadstone: " << server.error().message << "\n";
    return kExitUsage;
  }
  console.out << format("simulating on 127.0.0.1:{}\n", (*server)->port()) << std::flush;
  while (Interrupt::signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kExitMet;
}

}  // namespace

int simulate(Console& console, Arguments arguments) {
  Flags flags("simulate", "[FLAGS]",
              "Serves HTTP, WebSocket and server-sent events with the routes of the code-graph API, as slow and as "
              "faulty as asked. GET "
              "/__sim/stats, /__sim/stalls, /__sim/samples, /__sim/messages, /__sim/plants and /__sim/clients tell "
              "what it really did. "
              "Ends with Ctrl-C.");
  Typed typed;
  typed.declare(flags);
  Usage usage = flags.parse(arguments);
  simulate::Options options = typed.read(usage);
  if (!usage.help.empty() || !usage.mistakes.empty()) return answer(console, usage);

  if (typed.fault || typed.shape) return simulate_fault(console, typed, options.port, usage);

  Interrupt::watch();
  auto simulator = simulate::Simulator::start(std::move(options));
  if (!simulator) {
    console.err << "loadstone: " << simulator.error().message << "\n";
    return kExitUsage;
  }
  console.out << format("simulating on {}\n", (*simulator)->address()) << std::flush;
  while (Interrupt::signal() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  (*simulator)->stop(kGrace);
  return kExitMet;
}

}  // namespace loadstone::cli
