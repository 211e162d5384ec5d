#include "stats/scalability.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "base/check.h"
#include "base/random.h"

namespace loadstone::stats {
namespace {

constexpr double kWorthATerm = 2;
constexpr int kResamples = 1000;
constexpr double kLeastContention = 0.02;
constexpr double kBeyondPeak = 1.5;

// Coefficients of 1, N - 1 and N (N - 1); those not in the set are 0.
struct Terms {
  bool alpha = false, beta = false;
  double values[3] = {0, 0, 0};
  double squares = std::numeric_limits<double>::infinity();  // of the relative residuals

  [[nodiscard]] int count() const { return 1 + (alpha ? 1 : 0) + (beta ? 1 : 0); }
  [[nodiscard]] bool is_valid() const { return values[0] > 0 && values[1] >= 0 && values[2] >= 0; }
};

double predicted(const Terms& t, double n) { return t.values[0] + t.values[1] * (n - 1) + t.values[2] * n * (n - 1); }

// y = N / X at each N; rows are weighted by 1 / y.
Terms solve(std::span<const double> n, std::span<const double> y, bool alpha, bool beta) {
  Terms t;
  t.alpha = alpha;
  t.beta = beta;
  const auto rows = static_cast<Eigen::Index>(n.size());
  Eigen::MatrixXd a(rows, t.count());
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    Eigen::Index column = 0;
    a(i, column++) = 1 / y[at];
    if (alpha) a(i, column++) = (n[at] - 1) / y[at];
    if (beta) a(i, column++) = n[at] * (n[at] - 1) / y[at];
  }
  const Eigen::VectorXd x = a.colPivHouseholderQr().solve(ones);
  Eigen::Index column = 0;
  t.values[0] = x(column++);
  if (alpha) t.values[1] = x(column++);
  if (beta) t.values[2] = x(column++);
  t.squares = (a * x - ones).squaredNorm();
  return t;
}

// Akaike's criterion with the correction for few points; the variance is a parameter, too.
double criterion(const Terms& t, double points) {
  const double k = t.count() + 1;
  if (points - k - 1 <= 0) return std::numeric_limits<double>::infinity();
  const double variance = std::max(t.squares / points, 1e-24);
  return points * std::log(variance) + 2 * k + 2 * k * (k + 1) / (points - k - 1);
}

Terms choose(std::span<const double> n, std::span<const double> y) {
  const auto points = static_cast<double>(n.size());
  Terms best = solve(n, y, false, false);
  // Fewer terms first; among sets of one term the better of the two.
  std::vector<Terms> singles{solve(n, y, true, false), solve(n, y, false, true)};
  std::stable_sort(singles.begin(), singles.end(),
                   [](const Terms& a, const Terms& b) { return a.squares < b.squares; });
  const auto consider = [&](const Terms& t) {
    if (t.is_valid() && criterion(t, points) <= criterion(best, points) - kWorthATerm) best = t;
  };
  for (const Terms& t : singles)
    if (best.count() == 1) consider(t);
  consider(solve(n, y, true, true));
  return best;
}

Interval middle(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace

std::optional<double> Scalability::peak() const {
  if (!has_beta || !(beta > 0) || alpha >= 1) return std::nullopt;
  return std::sqrt((1 - alpha) / beta);
}

double Scalability::at(double n) const { return gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1)); }

Scalability fit_scalability(std::span<const ThroughputAt> points, std::uint64_t seed) {
  std::set<double> different;
  std::vector<double> n, y;
  for (const auto& p : points) {
    CHECK(p.concurrency > 0 && p.throughput > 0, "a point of the scalability law at {} is {}", p.concurrency,
          p.throughput);
    different.insert(p.concurrency);
    n.push_back(p.concurrency);
    y.push_back(p.concurrency / p.throughput);
  }
  CHECK(different.size() >= 4, "the scalability law from {} points", different.size());
  const Terms terms = choose(n, y);
  Scalability fit;
  fit.gamma = 1 / terms.values[0];
  fit.alpha = terms.values[1] / terms.values[0];
  fit.beta = terms.values[2] / terms.values[0];
  fit.has_alpha = terms.alpha;
  fit.has_beta = terms.beta;
  fit.log_error = std::sqrt(terms.squares / static_cast<double>(n.size()));

  // Relative residuals, made as large as the errors they stand for.
  const double inflate = std::sqrt(static_cast<double>(n.size()) / static_cast<double>(n.size() - terms.count()));
  std::vector<double> residuals;
  for (std::size_t i = 0; i < n.size(); ++i) residuals.push_back((y[i] / predicted(terms, n[i]) - 1) * inflate);
  Random random(seed);
  std::vector<double> gammas, alphas, betas;
  for (int r = 0; r < kResamples; ++r) {
    std::vector<double> again;
    for (const double at : n)
      again.push_back(predicted(terms, at) * std::max(0.01, 1 + residuals[random.below(residuals.size())]));
    Terms t = solve(n, again, terms.alpha, terms.beta);
    if (!t.is_valid()) {  // on the border: the term that went below zero is left out
      Terms without = solve(n, again, terms.alpha && t.values[1] > 0, terms.beta && t.values[2] > 0);
      t = without.is_valid() ? without : solve(n, again, false, false);
    }
    gammas.push_back(1 / t.values[0]);
    alphas.push_back(t.values[1] / t.values[0]);
    betas.push_back(t.values[2] / t.values[0]);
  }
  fit.gamma_range = middle(gammas);
  fit.alpha_range = middle(alphas);
  fit.beta_range = middle(betas);
  return fit;
}

ScalabilityVerdict judge_scalability(std::span<const ThroughputAt> points, const Scalability& fit) {
  ScalabilityVerdict verdict;
  double most = 0;
  std::set<double> steps;
  for (const auto& p : points) {
    most = std::max(most, p.concurrency);
    steps.insert(p.concurrency);
  }
  if (steps.size() < kFewestSteps) return verdict;
  verdict.identified = Identified::kContention;
  verdict.has_contention = fit.has_alpha && fit.alpha_range.low > kLeastContention;
  const auto peak = fit.peak();
  if (peak && most >= kBeyondPeak * *peak) {
    verdict.identified = Identified::kCoherency;
    verdict.has_coherency = true;
  }
  return verdict;
}

}  // namespace loadstone::stats
