// One row of the table of truths: what was claimed, what was found, in how many of how many simulations.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/random.h"

namespace loadstone::truth {

// Prints "ROW <tab> what <tab> goal <tab> measured <tab> good <tab> of <tab> lower bound <tab> met|missed". `good` of
// `of` did what was claimed; `goal` is the share that has to. In a short form a row is missed only when chance does not
// explain it.
class Table {
 public:
  // `scale` of the number of simulations; below 1 it is the short form.
  explicit Table(double scale) : scale_(scale) {}

  void add(const char* row, const std::string& what, const std::string& goal_text, double goal, std::uint64_t good,
           std::uint64_t of, const std::string& measured = {});
  [[nodiscard]] bool all_met() const { return all_met_; }
  // So many simulations instead of `full`; at least ten.
  [[nodiscard]] int runs(int full) const;

 private:
  double scale_;
  bool all_met_ = true;
};

// Runs `count` simulations on all processors, each with its own stream of randomness, and adds up what they return.
[[nodiscard]] std::uint64_t count_true(int count, std::uint64_t seed, const std::function<bool(Random&)>& simulation);
// The same for simulations that say more: `simulation` must be safe to call on several threads.
void for_each_run(int count, std::uint64_t seed, const std::function<void(int run, Random&)>& simulation);

[[nodiscard]] std::string per_cent(std::uint64_t part, std::uint64_t whole);

void boundary(Table& table);   // B1, B3
void power(Table& table);      // B2
void steady(Table& table);     // W1
void pairs(Table& table);      // C1, C2, C3: the simulated parts
void occasions(Table& table);  // C4
void capacity(Table& table);   // D2

}  // namespace loadstone::truth
