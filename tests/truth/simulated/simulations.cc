// The simulated rows of the truth table: statistics on processes whose truth is known.
//
//   truth_simulations [--scale X] [ROW...]      rows B W C D; 0.05 is the short form of CI
//
// Exits with 1 when a goal is missed.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "base/format.h"
#include "stats/estimate.h"
#include "tests/truth/simulated/row.h"

namespace loadstone::truth {

void Table::add(const char* row, const std::string& what, const std::string& goal_text, double goal, std::uint64_t good,
                std::uint64_t of, const std::string& measured) {
  const double share = of == 0 ? 0 : static_cast<double>(good) / static_cast<double>(of);
  const auto range = stats::share_interval(share, static_cast<double>(of), 0.9);
  const bool met =
      scale_ >= 1 ? share >= goal : stats::share_interval(share, static_cast<double>(of), 0.999).high >= goal;
  all_met_ &= met;
  std::printf("%s\t%s\t%s\t%s\t%llu\t%llu\t%.4f\t%s\n", row, what.c_str(), goal_text.c_str(),
              (measured.empty() ? per_cent(good, of) : measured).c_str(), static_cast<unsigned long long>(good),
              static_cast<unsigned long long>(of), range.low, met ? "met" : "missed");
  std::fflush(stdout);
}

int Table::runs(int full) const { return std::max(10, static_cast<int>(full * scale_)); }

void for_each_run(int count, std::uint64_t seed, const std::function<void(int, Random&)>& simulation) {
  std::atomic<int> next{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1U, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back([&] {
      for (int run = next++; run < count; run = next++) {
        Random random = Random(seed).stream(static_cast<std::uint64_t>(run) + 1);
        simulation(run, random);
      }
    });
  for (auto& thread : threads) thread.join();
}

std::uint64_t count_true(int count, std::uint64_t seed, const std::function<bool(Random&)>& simulation) {
  std::atomic<std::uint64_t> found{0};
  for_each_run(count, seed, [&](int, Random& random) { found += simulation(random) ? 1 : 0; });
  return found;
}

std::string per_cent(std::uint64_t part, std::uint64_t whole) {
  return format("{:.2f} %", whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace loadstone::truth

int main(int argc, char** argv) {
  using namespace loadstone::truth;
  double scale = 1;
  std::vector<std::string> rows;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--scale") == 0 && i + 1 < argc)
      scale = std::atof(argv[++i]);
    else
      rows.emplace_back(argv[i]);
  }
  Table table(scale);
  const auto wanted = [&](const char* row) {
    return rows.empty() || std::find(rows.begin(), rows.end(), row) != rows.end();
  };
  if (wanted("B")) boundary(table), power(table);
  if (wanted("W")) steady(table);
  if (wanted("C")) pairs(table), occasions(table);
  if (wanted("D")) capacity(table);
  return table.all_met() ? 0 : 1;
}
