// Gunther's Universal Scalability Law: throughput as a function of concurrency,
//   X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)),
// alpha for waiting in line (contention), beta for keeping each other up to date (coherency). It is linear in 1/gamma,
// alpha/gamma and beta/gamma: N / X = 1/gamma + (alpha/gamma) (N - 1) + (beta/gamma) N (N - 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "stats/estimate.h"

namespace loadstone::stats {

struct ThroughputAt {
  double concurrency = 0;
  double throughput = 0;  // per second
};

// Weighted so that the relative error is constant, solved by QR for each of the four sets of terms; negative terms are
// no terms. A term is taken only when it lowers Akaike's criterion (corrected for few points) by 2. Intervals are at 95
// %, from 1,000 bootstrap samples of the residuals.
struct Scalability {
  double gamma = 0, alpha = 0, beta = 0;
  bool has_alpha = false, has_beta = false;
  Interval gamma_range, alpha_range, beta_range;
  double log_error = 0;  // root mean square of the relative residuals
  // Where throughput is highest: sqrt((1 - alpha) / beta); nothing without coherency.
  [[nodiscard]] std::optional<double> peak() const;
  [[nodiscard]] double at(double concurrency) const;
};
// Needs four points with different concurrency.
[[nodiscard]] Scalability fit_scalability(std::span<const ThroughputAt> points, std::uint64_t seed);

// What may be said of a fit: with fewer steps, or steps that end before throughput turns, coherency cannot be told from
// contention.
enum class Identified { kNothing, kContention, kCoherency };
struct ScalabilityVerdict {
  Identified identified = Identified::kNothing;
  bool has_contention = false;  // alpha is above 0.02 for certain
  bool has_coherency = false;
};
inline constexpr std::size_t kFewestSteps = 9;
[[nodiscard]] ScalabilityVerdict judge_scalability(std::span<const ThroughputAt> points, const Scalability& fit);

}  // namespace loadstone::stats
