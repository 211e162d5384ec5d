// W1: is the warm-up cut where it ends, and is a level that moves called not steady? A minute of one-second blocks,
// whose medians are those of ten slots of 5 % noise, one slot in a hundred three times as high. And are stalls taken
// for a warm-up?
#include "stats/steady.h"

#include <atomic>
#include <cmath>

#include "base/format.h"
#include "stats/trend.h"
#include "tests/truth/simulated/row.h"

namespace loadstone::truth {
namespace {

constexpr int kSeconds = 60;

// Higher by `by` at first, less with time constant `tau`; and a rise by `drift` over the minute.
double level(double t, double by, double tau, double drift) {
  return std::log(1 + by * std::exp(-t / tau)) + std::log1p(drift) * t / kSeconds;
}

std::vector<double> minute(Random& random, double by, double tau, double drift) {
  std::vector<double> medians;
  double noise = random.normal();
  for (int second = 0; second < kSeconds; ++second) {
    std::vector<double> slots;
    for (int i = 0; i < 10; ++i) {
      noise = 0.5 * noise + std::sqrt(0.75) * random.normal();
      const double spike = random.uniform() < 0.01 ? std::log(3.0) : 0;
      slots.push_back(level(second + 0.1 * i, by, tau, drift) + 0.05 * noise + spike);
    }
    medians.push_back(stats::median(slots));
  }
  return medians;
}

// 20 s in slots of 100 ms: 150 us, but for 200 ms of stalls in which all wait, each 2.2 s; the first at any time of its
// turn.
std::vector<double> stalls(Random& random) {
  std::vector<double> slots;
  const double first = 2.2 * random.uniform();
  double noise = random.normal();
  for (int i = 0; i < 200; ++i) {
    noise = 0.5 * noise + std::sqrt(0.75) * random.normal();
    const bool stalls = std::fmod(0.1 * i - first + 2.2, 2.2) < 0.2;
    slots.push_back(std::log(stalls ? 100e-3 : 150e-6) + 0.05 * noise);
  }
  return slots;
}

struct Cell {
  const char* name;
  double by, tau, drift;
};

}  // namespace

void steady(Table& table) {
  const int runs = table.runs(400);
  const auto n = static_cast<std::uint64_t>(runs);
  const auto judged = [&](const Cell& c, const std::function<void(const stats::Steadiness&)>& see) {
    for_each_run(runs, 31, [&](int, Random& random) {
      const std::vector<std::vector<double>> series{minute(random, c.by, c.tau, c.drift)};
      see(stats::steadiness(series, 1, 2));
    });
  };
  for (const Cell& c :
       {Cell{"no warm-up", 0, 1, 0}, Cell{"3 times as slow at first, tau 1 s", 2, 1, 0},
        Cell{"3 times as slow at first, tau 5 s", 2, 5, 0}, Cell{"3 times as slow at first, tau 6 s", 2, 6, 0}}) {
    std::atomic<std::uint64_t> steady_runs{0}, unsteady{0};
    std::atomic<std::int64_t> bias_millionths{0};
    judged(c, [&](const stats::Steadiness& s) {
      if (!s.is_steady()) {
        ++unsteady;
        return;
      }
      ++steady_runs;
      double sum = 0;
      for (int second = static_cast<int>(s.cut); second < kSeconds; ++second)
        sum += std::expm1(level(second, c.by, c.tau, 0));
      bias_millionths += std::llround(1e6 * sum / (kSeconds - static_cast<double>(s.cut)));
    });
    const double bias =
        steady_runs == 0 ? 0 : static_cast<double>(bias_millionths) * 1e-4 / static_cast<double>(steady_runs);
    table.add("W1", format("{}: bias of what is called steady", c.name), "at most 1 % on average", 1, bias <= 1 ? n : 0,
              n, format("{:.2f} %", bias));
    if (c.by == 0)
      table.add("W1", format("{}: called not steady", c.name), "at most 3 %", 0.97, n - unsteady, n,
                per_cent(unsteady, n));
  }
  for (const Cell& c :
       {Cell{"3 times as slow at first, tau 15 s", 2, 15, 0}, Cell{"3 times as slow at first, tau 30 s", 2, 30, 0},
        Cell{"30 % slower at first, tau 40 s", 0.3, 40, 0}, Cell{"drift of 30 %", 0, 1, 0.3}}) {
    std::atomic<std::uint64_t> unsteady{0};
    judged(c, [&](const stats::Steadiness& s) { unsteady += s.is_steady() ? 0 : 1; });
    table.add("W1", format("{}: called not steady", c.name), "at least 95 %", 0.95, unsteady, n);
  }
  std::atomic<std::uint64_t> whole{0};
  for_each_run(runs, 32, [&](int, Random& random) {
    const std::vector<std::vector<double>> series{stalls(random)};
    const auto s = stats::steadiness(series, 5, 20);
    whole += s.checked && s.cut == 0 && s.settled ? 1 : 0;
  });
  table.add("W1", "200 ms of stall each 2.2 s: nothing is left out", "at least 97 %", 0.97, whole, n);
}

}  // namespace loadstone::truth
