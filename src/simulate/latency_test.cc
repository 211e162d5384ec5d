#include "simulate/latency.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace loadstone::simulate {
namespace {

constexpr int kSamples = 200'000;

// The quantile of many samples, in milliseconds.
class Sampled {
 public:
  explicit Sampled(std::string_view text, std::uint64_t seed = 7) {
    const auto latency = parse_latency(text);
    if (!latency) {
      ADD_FAILURE() << latency.error().message;
      return;
    }
    Random random(seed);
    for (int i = 0; i < kSamples; ++i) ms_.push_back(to_seconds(latency->sample(random)) * 1e3);
    std::sort(ms_.begin(), ms_.end());
  }
  double operator()(double q) const { return ms_[static_cast<std::size_t>(q * (kSamples - 1))]; }
  double mean() const {
    double sum = 0;
    for (const double v : ms_) sum += v;
    return sum / kSamples;
  }
  bool operator==(const Sampled& other) const { return ms_ == other.ms_; }

 private:
  std::vector<double> ms_;
};

// Tolerances are about four standard errors of the quantile at 200,000 samples.
void expect_near(double value, double truth, double relative) { EXPECT_NEAR(value, truth, truth * relative); }

TEST(Latency, ConstantIsConstant) {
  const Sampled s("const:1500us");
  EXPECT_EQ(s(0), 1.5);
  EXPECT_EQ(s(1), 1.5);
}

TEST(Latency, ExponentialHasTheQuantilesOfTheory) {
  const Sampled s("exp:5ms");
  for (const double q : {0.5, 0.9, 0.99}) expect_near(s(q), -5 * std::log(1 - q), 0.02);
  expect_near(s(0.999), -5 * std::log(0.001), 0.05);
  expect_near(s.mean(), 5, 0.01);
}

TEST(Latency, LognormalHasTheQuantilesOfTheory) {
  const Sampled s("lognormal:5ms,1.0");
  expect_near(s(0.5), 5, 0.015);
  expect_near(s(0.841344746), 5 * std::exp(1.0), 0.02);
  expect_near(s(0.977249868), 5 * std::exp(2.0), 0.03);
  expect_near(s(0.99), 5 * std::exp(2.326347874), 0.04);
}

TEST(Latency, BimodalHasItsTwoValuesInTheirShares) {
  const Sampled s("bimodal:1ms,20ms,5%");
  EXPECT_EQ(s(0.94), 1);
  EXPECT_EQ(s(0.96), 20);
  expect_near(s.mean(), 0.95 * 1 + 0.05 * 20, 0.02);
}

TEST(Latency, ParetoHasTheQuantilesOfTheory) {
  const Sampled s("pareto:1ms,1.5");
  EXPECT_GE(s(0), 1);
  for (const double q : {0.5, 0.9, 0.99}) expect_near(s(q), std::pow(1 - q, -1 / 1.5), 0.04);
}

TEST(Latency, UniformStaysBetween) {
  const Sampled s("uniform:1ms,5ms");
  EXPECT_GE(s(0), 1);
  EXPECT_LE(s(1), 5);
  expect_near(s(0.25), 2, 0.02);
}

TEST(Latency, HeavyTailsAreCut) {
  Random random(1);
  const auto latency = parse_latency("pareto:1s,0.01");
  for (int i = 0; i < 1000; ++i) EXPECT_LE(latency->sample(random), kLongestLatency);
}

TEST(Latency, TheSameSeedGivesTheSameSamples) {
  EXPECT_EQ(Sampled("exp:5ms", 3), Sampled("exp:5ms", 3));
  EXPECT_FALSE(Sampled("exp:5ms", 3) == Sampled("exp:5ms", 4));
}

TEST(Latency, ReadsItsOwnText) {
  for (const auto* text : {"const:1500us", "uniform:1ms,5ms", "exp:5ms", "lognormal:5ms,1", "bimodal:1ms,20ms,0.05",
                           "pareto:1ms,1.5", "const:0s", "exp:7ns"})
    EXPECT_EQ(parse_latency(text)->text(), text);
  EXPECT_EQ(parse_latency("3ms")->text(), "const:3ms");
}

struct Mistake {
  const char* text;
  const char* message;
};

TEST(Latency, SaysWhatIsWrong) {
  const Mistake all[] = {
      {"fast",
       "'fast' is not a latency: expected a duration such as 5ms, or a distribution such as exp:5ms, "
       "lognormal:5ms,1.0, bimodal:1ms,20ms,5% or pareto:1ms,1.5"},
      {"expo:5ms",
       "'expo' is not a distribution (did you mean exp?): expected const, uniform, exp, lognormal, bimodal or "
       "pareto"},
      {"exp:5ms,2", "'exp:5ms,2' has 2 values where exp takes 1, as in exp:5ms"},
      {"pareto:1ms", "'pareto:1ms' has 1 value where pareto takes 2, as in pareto:1ms,1.5"},
      {"exp:5", "'5' in 'exp:5': expected a duration such as 250ms, 5s or 1m30s; the unit is missing, as in exp:5ms"},
      {"pareto:1ms,0", "'0' in 'pareto:1ms,0': expected a number above 0, as in pareto:1ms,1.5"},
      {"bimodal:1ms,2ms,150%", "'150%' in 'bimodal:1ms,2ms,150%': a share is at most 100%, as in bimodal:1ms,20ms,5%"},
      {"uniform:5ms,1ms", "'uniform:5ms,1ms': the second value is less than the first"},
      {"const:11m", "'11m' in 'const:11m': at most 10m is simulated, as in const:1ms"},
  };
  for (const auto& mistake : all) {
    const auto latency = parse_latency(mistake.text);
    ASSERT_FALSE(latency) << mistake.text;
    EXPECT_EQ(latency.error().message, mistake.message);
  }
}

}  // namespace
}  // namespace loadstone::simulate
