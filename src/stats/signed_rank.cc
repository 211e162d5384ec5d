#include "stats/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "stats/trend.h"

namespace loadstone::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Probabilities of the sums of a random half of these weights.
std::vector<double> sums_of_half(std::span<const std::size_t> weights) {
  const std::size_t most = std::accumulate(weights.begin(), weights.end(), std::size_t{0});
  std::vector<double> probability(most + 1, 0.0);
  probability[0] = 1;
  std::size_t reached = 0;
  for (const std::size_t w : weights) {
    reached += w;
    for (std::size_t s = reached + 1; s-- > 0;)
      probability[s] = (probability[s] + (s >= w ? probability[s - w] : 0.0)) / 2;
  }
  return probability;
}

struct Ranked {
  std::vector<std::size_t> doubled;  // twice the rank, so that shared ranks are whole
  std::vector<bool> is_positive;
};

Ranked rank(std::span<const double> differences) {
  std::vector<double> d;
  for (const double v : differences)
    if (v != 0) d.push_back(v);
  std::sort(d.begin(), d.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
  Ranked ranked;
  for (std::size_t i = 0; i < d.size();) {
    std::size_t j = i;
    while (j < d.size() && std::fabs(d[j]) == std::fabs(d[i])) ++j;
    for (std::size_t k = i; k < j; ++k) {
      ranked.doubled.push_back(i + 1 + j);
      ranked.is_positive.push_back(d[k] > 0);
    }
    i = j;
  }
  return ranked;
}

// Of the sum `positive` (doubled), from the ranks as they are shared.
void put_p_values(const Ranked& ranked, std::size_t positive, SignedRank& found) {
  if (ranked.doubled.size() <= kMostExact) {
    const auto probability = sums_of_half(ranked.doubled);
    const auto at = probability.begin() + static_cast<std::ptrdiff_t>(positive);
    found.p_above = std::min(1.0, std::accumulate(at, probability.end(), 0.0));
    found.p_below = std::min(1.0, std::accumulate(probability.begin(), at + 1, 0.0));
    return;
  }
  double sum = 0, squares = 0;
  for (const auto w : ranked.doubled) {
    sum += static_cast<double>(w);
    squares += static_cast<double>(w) * static_cast<double>(w);
  }
  // Doubled ranks: half a rank of continuity is one.
  const double deviation = std::sqrt(squares / 4);
  const double above = (static_cast<double>(positive) - 1 - sum / 2) / deviation;
  const double below = (static_cast<double>(positive) + 1 - sum / 2) / deviation;
  found.p_above = 0.5 * std::erfc(above / std::sqrt(2.0));
  found.p_below = 0.5 * std::erfc(-below / std::sqrt(2.0));
}

// The highest rank k, from 1, of an average that is a bound: a sum of at most k - 1 has no more than this probability.
// 0 when even a sum of 0 has more.
std::size_t rank_of_bound(std::size_t n, double one_sided) {
  const auto count = static_cast<double>(n);
  if (n > kMostExact) {
    const double mean = count * (count + 1) / 4;
    const double deviation = std::sqrt(count * (count + 1) * (2 * count + 1) / 24);
    return static_cast<std::size_t>(std::max(0.0, std::floor(mean + normal_quantile(one_sided) * deviation)));
  }
  const auto probability = signed_rank_distribution(n);
  double below = 0;
  std::size_t k = 0;
  while (k < probability.size() && below + probability[k] <= one_sided) below += probability[k++];
  return k;
}

}  // namespace

std::vector<double> signed_rank_distribution(std::size_t n) {
  std::vector<std::size_t> ranks(n);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  return sums_of_half(ranks);
}

SignedRank signed_rank(std::span<const double> differences, double one_sided) {
  SignedRank found;
  found.interval = {-kInfinity, kInfinity};
  if (differences.empty()) return found;
  const Ranked ranked = rank(differences);
  found.count = ranked.doubled.size();
  std::size_t positive = 0;
  for (std::size_t i = 0; i < found.count; ++i) positive += ranked.is_positive[i] ? ranked.doubled[i] : 0;
  found.positive = static_cast<double>(positive) / 2;
  if (found.count > 0) put_p_values(ranked, positive, found);

  std::vector<double> averages;
  averages.reserve(differences.size() * (differences.size() + 1) / 2);
  for (std::size_t i = 0; i < differences.size(); ++i)
    for (std::size_t j = i; j < differences.size(); ++j) averages.push_back((differences[i] + differences[j]) / 2);
  std::sort(averages.begin(), averages.end());
  found.hodges_lehmann = median(averages);
  if (const std::size_t k = rank_of_bound(differences.size(), one_sided); k > 0)
    found.interval = {averages[k - 1], averages[averages.size() - k]};
  return found;
}

double cliffs_delta(std::span<const double> a, std::span<const double> b) {
  CHECK(!a.empty() && !b.empty(), "nothing to compare");
  std::vector<double> sorted(a.begin(), a.end());
  std::sort(sorted.begin(), sorted.end());
  double above = 0;
  for (const double value : b) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    above += static_cast<double>(first - sorted.begin()) - static_cast<double>(sorted.end() - last);
  }
  return above / static_cast<double>(a.size()) / static_cast<double>(b.size());
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> raised(p_values.size());
  double so_far = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    so_far = std::max(so_far, std::min(1.0, p_values[order[i]] * static_cast<double>(order.size() - i)));
    raised[order[i]] = so_far;
  }
  return raised;
}

}  // namespace loadstone::stats
