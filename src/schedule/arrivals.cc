#include "schedule/arrivals.h"

#include <algorithm>
#include <cmath>

namespace loadstone::schedule {

RateProfile::RateProfile(std::vector<Stage> stages) {
  double start = 0;
  double cumulative = 0;
  for (const Stage& stage : stages) {
    const double arrivals = (stage.from + stage.to) / 2 * stage.seconds;
    stages_.push_back({stage, start, cumulative, cumulative + arrivals});
    start += stage.seconds;
    cumulative += arrivals;
  }
}

double RateProfile::seconds() const {
  return stages_.empty() ? 0 : stages_.back().start + stages_.back().stage.seconds;
}

double RateProfile::inverse(double expected) const {
  const auto piece =
      std::find_if(stages_.begin(), stages_.end(), [&](const Piece& p) { return expected < p.cumulative_end; });
  if (piece == stages_.end()) return seconds();
  const double c = expected - piece->cumulative_start;
  const double a = (piece->stage.to - piece->stage.from) / (2 * piece->stage.seconds);
  const double b = piece->stage.from;
  // a t^2 + b t = c, in the form that does not cancel, and that holds for a = 0 and for b = 0.
  const double root = std::sqrt(std::max(0.0, b * b + 4 * a * c));
  const double t = b + root > 0 ? 2 * c / (b + root) : 0;
  return piece->start + std::min(t, piece->stage.seconds);
}

Arrivals::Arrivals(RateProfile profile, Shape shape, std::uint64_t seed, Stripe stripe,
                   std::optional<std::uint64_t> limit)
    : profile_(std::move(profile)), shape_(shape), random_(seed), stripe_(stripe), limit_(limit.value_or(UINT64_MAX)) {}

std::optional<Arrivals::Arrival> Arrivals::next() {
  for (;;) {
    if (index_ >= limit_) return std::nullopt;
    const std::uint64_t index = index_++;
    if (shape_ == Shape::kPoisson)
      cumulative_ += random_.exponential();
    else
      cumulative_ = static_cast<long double>(index);
    const auto expected = static_cast<double>(cumulative_);
    if (expected >= profile_.total()) {
      index_ = limit_;
      return std::nullopt;
    }
    if (index % stripe_.count != stripe_.index) continue;
    return Arrival{index, from_seconds(profile_.inverse(expected))};
  }
}

}  // namespace loadstone::schedule
