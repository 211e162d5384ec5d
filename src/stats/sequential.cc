#include "stats/sequential.h"

#include <cmath>
#include <limits>

#include "stats/estimate.h"

namespace loadstone::stats {
namespace {

double reach() { return normal_quantile(0.99) + normal_quantile(0.95); }

}  // namespace

double smallest_effect(double deviation, double pairs) {
  if (!(pairs > 0)) return std::numeric_limits<double>::infinity();
  return std::expm1(reach() * deviation / std::sqrt(pairs));
}

double pairs_for(double effect, double deviation) {
  const double needed = reach() * deviation / std::log1p(effect);
  return std::ceil(needed * needed - 1e-9);
}

}  // namespace loadstone::stats
