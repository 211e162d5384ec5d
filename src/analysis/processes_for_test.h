// Times of requests whose truth is known, for tests of verdicts on them: independent ones, ones that resemble their
// neighbours, queues, stalls.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "base/random.h"
#include "stats/estimate.h"

namespace loadstone::analysis {

// Times of requests one after the other, spaced evenly; and the value that a share p of all of them exceed in the long
// run.
struct Process {
  const char* name;
  std::function<std::vector<double>(Random&, std::size_t n)> draw;
  std::function<double(double p)> threshold;
  double smallest_group;
};

inline std::vector<double> autoregressive(Random& random, std::size_t n, double rho) {
  std::vector<double> times(n);
  double v = random.normal();
  for (auto& t : times) {
    v = rho * v + std::sqrt(1 - rho * rho) * random.normal();
    t = std::exp(v);
  }
  return times;
}

// Time in a queue with one server, exponential arrivals and service: exponential with rate 1 - load.
inline std::vector<double> queue(Random& random, std::size_t n, double load) {
  std::vector<double> times(n);
  double wait = 0;
  // Begin in the steady state: a wait of 0 with probability 1 - load, else exponential.
  if (random.uniform() < load) wait = random.exponential() / (1 - load);
  for (auto& t : times) {
    const double service = random.exponential();
    t = wait + service;
    wait = std::max(0.0, t - random.exponential() / load);
  }
  return times;
}

// Mostly quick; stalls at random that make `group` requests in a row slow. A share `slow` is slow in the long run.
inline std::vector<double> stalls(Random& random, std::size_t n, double slow, double group) {
  std::vector<double> times(n);
  double until = 0, next = random.exponential() * group / slow;
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = static_cast<double>(i);
    while (next <= at) {
      until = std::max(until, next) + group;  // stalls that overlap follow each other
      next += random.exponential() * group / slow;
    }
    times[i] = (at < until ? 100 : 1) * std::exp(0.3 * random.normal());
  }
  return times;
}

inline double normal_above(double p) { return std::exp(stats::normal_quantile(1 - p)); }

inline std::vector<Process> processes(double slow) {
  const auto ar = [](const char* name, double rho) {
    return Process{name, [rho](Random& r, std::size_t n) { return autoregressive(r, n, rho); }, normal_above, 1};
  };
  const auto clusters = [slow](const char* name, double group, double known_group) {
    return Process{name, [slow, group](Random& r, std::size_t n) { return stalls(r, n, slow, group); },
                   [](double) { return 10.0; }, known_group};
  };
  return {ar("iid", 0),
          ar("AR(1) 0.9", 0.9),
          ar("AR(1) 0.99", 0.99),
          ar("AR(1) 0.999", 0.999),
          {"M/M/1 at 80 %", [](Random& r, std::size_t n) { return queue(r, n, 0.8); },
           [](double p) { return -std::log(p) / 0.2; }, 1},
          clusters("stalls of 50", 50, 1),
          clusters("stalls of 300", 300, 1),
          clusters("stalls of 300, known", 300, 300)};
}

}  // namespace loadstone::analysis
