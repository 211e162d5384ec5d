// D2: the search for the capacity of simulated servers, and which terms of the scalability law are found.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <queue>
#include <vector>

#include "base/format.h"
#include "capacity/search.h"
#include "stats/scalability.h"
#include "tests/truth/simulated/row.h"

namespace loadstone::truth {
namespace {

constexpr double kCapacity = 1000;
constexpr double kSettle = 5, kStep = 10;

// Service times with this coefficient of variation, mean 1 / capacity: constant plus exponential, or two-phase.
double service_time(Random& random, double variation) {
  if (variation <= 1) return (1 - variation + variation * random.exponential()) / kCapacity;
  // Balanced hyperexponential.
  const double squared = variation * variation;
  const double p = 0.5 * (1 + std::sqrt((squared - 1) / (squared + 1)));
  return random.uniform() < p ? random.exponential() / (2 * p) / kCapacity
                              : random.exponential() / (2 * (1 - p)) / kCapacity;
}

// One server, first come first served, under Poisson arrivals: what a step of the search would measure.
capacity::Step measure(Random& random, double rate, double variation) {
  capacity::Step step;
  step.rate = rate;
  double t = 0, free_at = 0;
  std::uint64_t arrivals = 0, completed = 0;
  std::vector<double> ends, starts;
  while ((t += random.exponential() / rate) < kSettle + kStep) {
    free_at = std::max(free_at, t) + service_time(random, variation);
    starts.push_back(t);
    ends.push_back(free_at);
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const bool is_measured = starts[i] >= kSettle;
    arrivals += is_measured ? 1 : 0;
    completed += ends[i] >= kSettle && ends[i] < kSettle + kStep ? 1 : 0;
  }
  step.arrivals = static_cast<double>(arrivals) / kStep;
  step.completed = static_cast<double>(completed) / kStep;
  for (double at = kSettle + 3; at <= kSettle + kStep; ++at)
    step.backlog.push_back(static_cast<double>(std::upper_bound(starts.begin(), starts.end(), at) - starts.begin()) -
                           static_cast<double>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin()));
  return step;
}

}  // namespace

void capacity(Table& table) {
  const int runs = table.runs(100);
  const auto n = static_cast<std::uint64_t>(runs);
  for (const double variation : {0.2, 1.0, 2.0}) {
    std::atomic<std::uint64_t> within{0}, knee{0};
    for_each_run(runs, 51, [&](int, Random& random) {
      capacity::Search search(capacity::Search::kFirstShare * kCapacity * (0.85 + 0.3 * random.uniform()), 1e9);
      while (const auto rate = search.next()) search.add(measure(random, *rate, variation));
      const auto found = capacity::conclude(search.steps());
      within += found.capacity && std::fabs(*found.capacity / kCapacity - 1) <= 0.03 ? 1 : 0;
      // Within one step of the climb.
      knee += found.sustainable && *found.sustainable >= kCapacity / capacity::Search::kFactor &&
                      *found.sustainable <= kCapacity * capacity::Search::kFactor
                  ? 1
                  : 0;
    });
    table.add("D2", format("capacity within 3 %, service times vary by {:g}", variation), "at least 95 %", 0.95, within,
              n);
    table.add("D2", format("knee within one step, service times vary by {:g}", variation), "at least 95 %", 0.95, knee,
              n);
  }
  struct Law {
    const char* name;
    double alpha, beta, noise;
    bool turns;
  };
  for (const Law& law : {Law{"linear", 0, 0, 0.03, false}, Law{"contention 10 %", 0.1, 0, 0.03, false},
                         Law{"coherency .002, contention 5 %", 0.05, 0.002, 0.01, true},
                         Law{"coherency .002, contention 5 %, noisier", 0.05, 0.002, 0.03, true}}) {
    const int fits = table.runs(300);
    std::atomic<std::uint64_t> right{0}, peak{0};
    for_each_run(fits, 52, [&](int, Random& random) {
      std::vector<stats::ThroughputAt> points;
      for (int i = 0; i < 11; ++i) {
        const double users = std::round(std::pow(64.0, i / 10.0));
        if (!points.empty() && points.back().concurrency == users) continue;
        const double x = 1000 * users / (1 + law.alpha * (users - 1) + law.beta * users * (users - 1));
        points.push_back({users, x * std::exp(law.noise * random.normal())});
      }
      const auto fit = stats::fit_scalability(points, 1);
      const auto verdict = stats::judge_scalability(points, fit);
      right += law.turns ? verdict.has_coherency : !verdict.has_coherency && (law.alpha > 0) == verdict.has_contention;
      const double truth = law.turns ? std::sqrt((1 - law.alpha) / law.beta) : 0;
      peak += law.turns && fit.peak() && std::fabs(*fit.peak() / truth - 1) <= 0.1 ? 1 : 0;
    });
    const auto m = static_cast<std::uint64_t>(fits);
    table.add("D2", format("{}, {:g} % of noise: told", law.name, 100 * law.noise), "at least 97 %", 0.97, right, m);
    if (law.turns)
      table.add("D2", format("{}, {:g} % of noise: peak within 10 %", law.name, 100 * law.noise), "at least 95 %", 0.95,
                peak, m);
  }
}

}  // namespace loadstone::truth
