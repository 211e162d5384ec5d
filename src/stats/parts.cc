#include "stats/parts.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cstddef>
#include <numeric>

namespace loadstone::stats {
namespace {

// Smaller pivots than this share of the largest are none: counts are whole numbers of at least some dozens, and parts
// that differ by less than that cannot be told apart anyway.
constexpr double kSmallest = 1e-3;

// Solves for the columns that are free, the others being 0.
Eigen::VectorXd solve(const Eigen::MatrixXd& a, const Eigen::VectorXd& b, const std::vector<bool>& is_free) {
  const auto count = std::count(is_free.begin(), is_free.end(), true);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(a.cols());
  if (count == 0) return x;
  Eigen::MatrixXd part(a.rows(), count);
  Eigen::Index at = 0;
  for (Eigen::Index i = 0; i < a.cols(); ++i)
    if (is_free[static_cast<std::size_t>(i)]) part.col(at++) = a.col(i);
  const Eigen::VectorXd found = part.colPivHouseholderQr().solve(b);
  at = 0;
  for (Eigen::Index i = 0; i < a.cols(); ++i)
    if (is_free[static_cast<std::size_t>(i)]) x(i) = found(at++);
  return x;
}

Eigen::VectorXd nonnegative(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  const Eigen::Index parts = a.cols();
  std::vector<bool> is_free(static_cast<std::size_t>(parts), false);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(parts);
  const double enough = 1e-10 * std::max(1e-300, (a.transpose() * b).cwiseAbs().maxCoeff());
  // Each turn lowers the squares, so that no set comes twice; the bound is against rounding.
  for (Eigen::Index turn = 0; turn < 10 * parts; ++turn) {
    const Eigen::VectorXd gradient = a.transpose() * (b - a * x);
    Eigen::Index best = -1;
    for (Eigen::Index i = 0; i < parts; ++i)
      if (!is_free[static_cast<std::size_t>(i)] && gradient(i) > enough && (best < 0 || gradient(i) > gradient(best)))
        best = i;
    if (best < 0) break;
    is_free[static_cast<std::size_t>(best)] = true;
    for (;;) {
      const Eigen::VectorXd wanted = solve(a, b, is_free);
      double step = 1;
      for (Eigen::Index i = 0; i < parts; ++i)
        if (is_free[static_cast<std::size_t>(i)] && wanted(i) <= 0) step = std::min(step, x(i) / (x(i) - wanted(i)));
      x += step * (wanted - x);
      if (step >= 1) break;
      for (Eigen::Index i = 0; i < parts; ++i)
        if (is_free[static_cast<std::size_t>(i)] && x(i) <= 1e-15 * x.maxCoeff()) {
          is_free[static_cast<std::size_t>(i)] = false;
          x(i) = 0;
        }
    }
  }
  return x;
}

}  // namespace

std::optional<std::vector<double>> parts_of(std::span<const MixedTotal> rows) {
  if (rows.empty() || rows.front().counts.empty()) return std::nullopt;
  const auto parts = static_cast<Eigen::Index>(rows.front().counts.size());
  std::vector<const MixedTotal*> used;
  std::vector<double> sizes;
  for (const auto& row : rows) {
    const double size = std::accumulate(row.counts.begin(), row.counts.end(), 0.0);
    if (size <= 0) continue;
    used.push_back(&row);
    sizes.push_back(size);
  }
  if (static_cast<Eigen::Index>(used.size()) < parts) return std::nullopt;
  Eigen::MatrixXd a(static_cast<Eigen::Index>(used.size()), parts);
  Eigen::VectorXd b(a.rows());
  for (Eigen::Index r = 0; r < a.rows(); ++r) {
    const auto at = static_cast<std::size_t>(r);
    for (Eigen::Index i = 0; i < parts; ++i) a(r, i) = used[at]->counts[static_cast<std::size_t>(i)] / sizes[at];
    b(r) = used[at]->total / sizes[at];
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(a);
  qr.setThreshold(kSmallest);
  if (qr.rank() < parts) return std::nullopt;
  const Eigen::VectorXd x = nonnegative(a, b);
  return std::vector<double>(x.begin(), x.end());
}

}  // namespace loadstone::stats
