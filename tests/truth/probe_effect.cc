// Row D3, its second half: what being watched costs a service in CPU time for a request. Two services that are the
// same, under the same load at a fixed rate, all the time; every second one of them is watched and the other is not, by
// turns. Machines differ from second to second by ten times as much as is looked for, but they do so for both: what
// counts is the ratio of the two in a second, and how it moves as the probe goes from one to the other. All that the
// probe does comes at least once in its second, also what it does every five seconds in a run. What its thread takes
// from both is not in it: that is the first half.
//
//   probe_effect [RUNS] [PAIRS]
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "base/format.h"
#include "engine/run.h"
#include "probe/watch.h"
#include "serve/server.h"
#include "stats/signed_rank.h"
#include "tests/truth/truth_row.h"

namespace {

using namespace loadstone;

constexpr double kRate = 1000;
constexpr int kConnections = 50, kThreads = 2;
constexpr double kMostChange = 0.01;

void must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "probe_effect: %s\n", what);
  std::exit(2);
}

struct Service {
  pid_t pid;
  std::uint16_t port;
};

// The same work for each request, whatever else goes on: what it takes in time is what is measured. It goes through
// more memory than the first cache holds, so that who disturbs the caches is noticed.
std::uint64_t work(std::uint64_t x) {
  constexpr std::size_t kWords = 32'768;
  static const std::vector<std::uint64_t> words(kWords, 1);
  for (int i = 0; i < 30'000; ++i) x = x * 6364136223846793005ULL + words[(x >> 33) % kWords];
  return x;
}

// In a process of its own, made before there are threads.
Service serve_apart() {
  int ends[2];
  must(::pipe(ends) == 0, "no pipe");
  const pid_t pid = ::fork();
  must(pid >= 0, "no process");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve::Options options;
    options.host = "127.0.0.1";
    options.threads = kThreads;
    options.on_request = [](serve::Responder responder) {
      responder.reply(serve::json_response(200, format("{}", work(1))));
    };
    const auto server = serve::Server::start(std::move(options));
    must(server.has_value(), "the service does not start");
    const std::uint16_t port = (*server)->port();
    must(::write(ends[1], &port, sizeof port) == sizeof port, "the port is not told");
    for (;;) ::pause();
  }
  Service service{pid, 0};
  must(::read(ends[0], &service.port, sizeof service.port) == sizeof service.port, "the service has no port");
  ::close(ends[0]);
  ::close(ends[1]);
  return service;
}

scenario::Scenario load_on(const Service& service, int seconds) {
  scenario::Scenario s;
  s.name = "steady";
  s.endpoint.url = *parse_url(format("http://127.0.0.1:{}/", service.port));
  scenario::HttpLoad load;
  scenario::Request request;
  request.name = "page";
  request.target = "/page";
  load.requests = {request};
  load.load =
      scenario::OpenLoad{{{kRate, kRate, std::chrono::seconds(seconds)}}, scenario::Arrivals::kUniform, kConnections};
  s.kind = load;
  return s;
}

// CPU seconds that a process has used, of all its threads, to the nanosecond.
double used_by(const Service& service) {
  clockid_t clock{};
  timespec t{};
  must(::clock_getcpuclockid(service.pid, &clock) == 0 && ::clock_gettime(clock, &t) == 0, "the service has ended");
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// The load on one service, on threads of its own until it ends.
class Load {
 public:
  Load(const Service& service, int seconds) : due_(kRate * seconds) {
    thread_ = std::thread([this, scenario = load_on(service, seconds)] {
      engine::Observer observer;
      observer.block = [&](result::Block&& block) {
        answered_ += static_cast<double>(block.counters["successes"]);
        return true;
      };
      problem_ = engine::run_scenario(scenario, 0, {}, observer).problem;
      has_ended_ = true;
    });
  }
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  void finish() {
    thread_.join();
    must(problem_.empty() && answered_ > 0.99 * due_, "the load was not the same all the time");
  }

 private:
  double due_, answered_ = 0;
  std::string problem_;
  std::atomic<bool> has_ended_{false};
  std::thread thread_;
};

// Logarithm of what the first used over what the second used, in a second in which one of them is watched.
double ratio(const Service& first, const Service& second, const Service& watched) {
  auto watch = probe::Watch::start(watched.pid, watched.port);
  must(watch.has_value(), "the service cannot be watched");
  const double first_before = used_by(first), second_before = used_by(second);
  std::this_thread::sleep_for(1s);
  const double found = std::log((used_by(first) - first_before) / (used_by(second) - second_before));
  must((*watch)->take().cpu_seconds > 0, "the probe has not seen the service");
  return found;
}

// Logarithms of watched over not watched, one of each pair of seconds.
std::vector<double> differences(int pairs) {
  const Service a = serve_apart(), b = serve_apart();
  const int seconds = 2 * pairs + 3 + pairs / 10;  // to begin and end the probe takes some milliseconds
  Load on_a(a, seconds), on_b(b, seconds);
  std::this_thread::sleep_for(1500ms);
  std::vector<double> found;
  for (int pair = 0; pair < pairs; ++pair) {
    const bool a_is_first = pair % 2 == 0;
    const double before = ratio(a, b, a_is_first ? a : b);
    const double after = ratio(a, b, a_is_first ? b : a);
    found.push_back((a_is_first ? before - after : after - before) / 2);
  }
  must(!on_a.has_ended() && !on_b.has_ended(), "the load ended too early");
  on_a.finish();
  on_b.finish();
  for (const Service& service : {a, b}) {
    ::kill(service.pid, SIGKILL);
    ::waitpid(service.pid, nullptr, 0);
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 1;
  const int pairs = argc > 2 ? std::atoi(argv[2]) : 24;
  std::vector<double> changes;
  std::string shown;
  std::size_t met = 0;
  for (int i = 0; i < runs; ++i) {
    const auto shift = stats::signed_rank(differences(pairs));
    const auto percent = [](double log_ratio) { return 100 * std::expm1(log_ratio); };
    changes.push_back(percent(shift.hodges_lehmann));
    shown += format("{}{:+.2f} % ({:+.2f} to {:+.2f} %)", i == 0 ? "" : ", ", changes.back(),
                    percent(shift.interval.low), percent(shift.interval.high));
    met += std::fabs(changes.back()) < 100 * kMostChange ? 1 : 0;
  }
  return truth::print_row("D3", "the service's CPU for a request, watched or not", "changes by less than 1 %", changes,
                          met, " %", shown)
             ? 0
             : 1;
}
