// What a sample says about the process it came from: intervals that allow for requests near each other in time being
// alike. Pure functions of counts; the one door to Boost.Math. Confidence levels are two-sided unless said otherwise.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace loadstone::stats {

inline constexpr double kConfidence = 0.95;

struct Interval {
  double low = 0;
  double high = 0;
};

// A stretch of time: how many things there were in it, and the total of what is asked about them (how many were slow;
// their summed times).
struct Cluster {
  double size = 0;
  double total = 0;
};

// The mean of values, and their variance and standard deviation as of a sample. Need one value, and two.
[[nodiscard]] double mean(std::span<const double> values);
[[nodiscard]] double variance(std::span<const double> values);
[[nodiscard]] double deviation(std::span<const double> values);

// Sum of totals over sum of sizes; 0 when there are no things.
[[nodiscard]] double ratio(std::span<const Cluster> clusters);
// Variance of that ratio, taking the clusters as the sampling units: B/(B-1) * sum (x_k - r n_k)^2 / n^2. Needs two.
[[nodiscard]] double ratio_variance(std::span<const Cluster> clusters);
// How many times larger that is than for independent yes/no things, at least 1; 1 when all or none were yes, or
// there is only one cluster.
[[nodiscard]] double design_effect(std::span<const Cluster> clusters);

// Korn and Graubard 1998: the number of independent things that would tell as much as n things with this design effect
// in this many clusters. At most n.
[[nodiscard]] double effective_size(double n, double design_effect, std::size_t clusters,
                                    double confidence = kConfidence);
// Clopper and Pearson's interval for a share, of a size that need not be whole.
[[nodiscard]] Interval share_interval(double share, double effective_size, double confidence = kConfidence);
// Student's interval for a ratio of totals to sizes, such as a mean or a rate, from the variance between clusters.
[[nodiscard]] Interval ratio_interval(std::span<const Cluster> clusters, double confidence = kConfidence);

// The largest mean of a Poisson count at which `seen` or fewer still has probability (1 - confidence) / 2.
[[nodiscard]] double poisson_upper(double seen, double confidence = kConfidence);
// How events are spread over equal stretches of time, one count after the other; constant memory.
class Spread {
 public:
  void add(double events);

  // Variance of the counts over their mean, at least 1: for events that come in groups, the size of a group (weighted
  // by size).
  [[nodiscard]] double dispersion() const;
  // About how many groups there were: from the dispersion; where most stretches are empty, at most the runs of
  // stretches that are not. 0 only when there were no events.
  [[nodiscard]] double groups() const;
  [[nodiscard]] double events() const { return sum_; }

 private:
  double stretches_ = 0, empty_ = 0, runs_ = 0, sum_ = 0, squares_ = 0;
  bool in_run_ = false;
};

// The next of a series of similar values: Student's t with so many degrees, `mean` and `error`. n is reduced for the
// correlation of each value with the next. Needs three values.
struct NextValue {
  double mean = 0, error = 0, degrees = 1;
  [[nodiscard]] double probability_below(double limit) const;
};
[[nodiscard]] NextValue predict_next(std::span<const double> values);
// Where it will lie, with this confidence on each side: mean ± t s sqrt(1 + 1/n).
[[nodiscard]] Interval next_value(std::span<const double> values, double one_sided_confidence);
// Correlation of each value with the next; 0 for constant or fewer than three values.
[[nodiscard]] double lag_one_correlation(std::span<const double> values);

[[nodiscard]] double student_quantile(double degrees, double p);
[[nodiscard]] double normal_quantile(double p);

// How many independent things are needed ...
// ... to show that a share is below p0 when none is seen, with this one-sided confidence: 59, 299, 2995 for 5, 1, 0.1
// %.
[[nodiscard]] double size_without_any(double p0, double one_sided_confidence);
// ... to tell a share p from p0 at the two-sided confidence with this power. Infinite when p equals p0.
[[nodiscard]] double size_to_tell(double p0, double p, double power = 0.95, double confidence = kConfidence);

}  // namespace loadstone::stats
