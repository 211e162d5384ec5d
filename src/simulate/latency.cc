#include "simulate/latency.h"

#include <array>
#include <cmath>
#include <vector>

#include "base/format.h"
#include "base/units.h"

namespace loadstone::simulate {
namespace {

using Kind = Latency::Kind;

enum class Part { kNone, kDuration, kPositive, kRatio };

struct Form {
  std::string_view name;
  Kind kind;
  std::array<Part, 3> parts;
  std::string_view example;
};

constexpr Form kForms[] = {
    {"const", Kind::kConstant, {Part::kDuration, Part::kNone, Part::kNone}, "const:1ms"},
    {"uniform", Kind::kUniform, {Part::kDuration, Part::kDuration, Part::kNone}, "uniform:1ms,5ms"},
    {"exp", Kind::kExponential, {Part::kDuration, Part::kNone, Part::kNone}, "exp:5ms"},
    {"lognormal", Kind::kLognormal, {Part::kDuration, Part::kPositive, Part::kNone}, "lognormal:5ms,1.0"},
    {"bimodal", Kind::kBimodal, {Part::kDuration, Part::kDuration, Part::kRatio}, "bimodal:1ms,20ms,5%"},
    {"pareto", Kind::kPareto, {Part::kDuration, Part::kPositive, Part::kNone}, "pareto:1ms,1.5"},
};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// A duration that parse_duration reads back to the same value.
std::string exact(Nanoseconds d) {
  const auto ns = d.count();
  if (ns % 1'000'000'000 == 0) return format("{}s", ns / 1'000'000'000);
  if (ns % 1'000'000 == 0) return format("{}ms", ns / 1'000'000);
  if (ns % 1'000 == 0) return format("{}us", ns / 1'000);
  return format("{}ns", ns);
}

}  // namespace

Nanoseconds Latency::sample(Random& random) const {
  const auto scaled = [](Nanoseconds d, double factor) {
    const double ns = static_cast<double>(d.count()) * factor;
    return ns >= static_cast<double>(kLongestLatency.count()) ? kLongestLatency
                                                              : Nanoseconds(static_cast<std::int64_t>(ns + 0.5));
  };
  switch (kind) {
    case Kind::kConstant:
      return a;
    case Kind::kUniform:
      return a + scaled(b - a, random.uniform());
    case Kind::kExponential:
      return scaled(a, random.exponential());
    case Kind::kLognormal:
      return scaled(a, std::exp(shape * random.normal()));
    case Kind::kBimodal:
      return random.uniform() < shape ? b : a;
    // By inversion of F(x) = 1 - (a/x)^alpha; the uniform is in [0, 1), so 1 - u is never 0.
    case Kind::kPareto:
      return scaled(a, std::pow(1.0 - random.uniform(), -1.0 / shape));
  }
  return a;
}

std::string Latency::text() const {
  const Form& form = kForms[static_cast<std::size_t>(kind)];
  std::string out = format("{}:{}", form.name, exact(a));
  if (form.parts[1] == Part::kDuration) out += "," + exact(b);
  if (form.parts[1] == Part::kPositive) out += format(",{}", shape);
  if (form.parts[2] == Part::kRatio) out += format(",{}", shape);
  return out;
}

Result<Latency> parse_latency(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto d = parse_duration(text);
    if (!d)
      return fail(ErrorCode::kInvalid,
                  format("'{}' is not a latency: expected a duration such as 5ms, or a distribution such as exp:5ms, "
                         "lognormal:5ms,1.0, bimodal:1ms,20ms,5% or pareto:1ms,1.5",
                         text));
    return Latency{Kind::kConstant, *d};
  }
  const std::string_view name = text.substr(0, colon);
  const Form* form = nullptr;
  std::vector<std::string_view> names;
  for (const Form& f : kForms) {
    names.push_back(f.name);
    if (f.name == name) form = &f;
  }
  if (form == nullptr) {
    const auto near = nearest_word(name, names);
    return fail(ErrorCode::kInvalid,
                format("'{}' is not a distribution{}: expected const, uniform, exp, lognormal, bimodal or pareto", name,
                       near.empty() ? "" : format(" (did you mean {}?)", near)));
  }
  const auto parts = split(text.substr(colon + 1), ',');
  std::size_t expected = 0;
  while (expected < 3 && form->parts[expected] != Part::kNone) ++expected;
  if (parts.size() != expected)
    return fail(ErrorCode::kInvalid, format("'{}' has {} {} where {} takes {}, as in {}", text, parts.size(),
                                            parts.size() == 1 ? "value" : "values", name, expected, form->example));
  Latency latency;
  latency.kind = form->kind;
  for (std::size_t i = 0; i < expected; ++i) {
    const auto wrong = [&](std::string_view why) {
      return fail(ErrorCode::kInvalid, format("'{}' in '{}': {}, as in {}", parts[i], text, why, form->example));
    };
    if (form->parts[i] == Part::kDuration) {
      const auto d = parse_duration(parts[i]);
      if (!d) return wrong(d.error().message);
      if (*d > kLongestLatency) return wrong(format("at most {} is simulated", show_duration(kLongestLatency)));
      (i == 0 ? latency.a : latency.b) = *d;
    } else if (form->parts[i] == Part::kRatio) {
      const auto r = parse_ratio(parts[i]);
      if (!r) return wrong(r.error().message);
      if (*r > 1) return wrong("a share is at most 100%");
      latency.shape = *r;
    } else {
      const auto n = parse_count(parts[i]);
      if (!n || *n <= 0) return wrong("expected a number above 0");
      latency.shape = *n;
    }
  }
  if (latency.kind == Kind::kUniform && latency.b < latency.a)
    return fail(ErrorCode::kInvalid, format("'{}': the second value is less than the first", text));
  return latency;
}

}  // namespace loadstone::simulate
