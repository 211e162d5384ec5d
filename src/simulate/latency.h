// How long the simulator takes for a request: a distribution written as text, sampled from a seeded generator.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace loadstone::simulate {

// No sample is longer: heavy tails are cut here, so that a timer is never due after the test has ended.
inline constexpr Nanoseconds kLongestLatency = std::chrono::minutes(10);

struct Latency {
  enum class Kind { kConstant, kUniform, kExponential, kLognormal, kBimodal, kPareto };
  Kind kind = Kind::kConstant;
  Nanoseconds a{0};  // constant: the value; uniform: least; exponential: mean; lognormal: median; bimodal: the usual
                     // value; pareto: least
  Nanoseconds b{0};  // uniform: most; bimodal: the other value
  double shape = 0;  // lognormal: sigma; bimodal: the share of b; pareto: alpha

  [[nodiscard]] Nanoseconds sample(Random& random) const;
  [[nodiscard]] bool is_zero() const { return kind == Kind::kConstant && a.count() == 0; }
  // As parse_latency reads it.
  [[nodiscard]] std::string text() const;
};

// const:1ms  uniform:1ms,5ms  exp:5ms (mean)  lognormal:5ms,1.0 (median, sigma)  bimodal:1ms,20ms,5% (usual, other,
// share of the other)  pareto:1ms,1.5 (least, alpha); a bare duration means const.
[[nodiscard]] Result<Latency> parse_latency(std::string_view text);

}  // namespace loadstone::simulate
