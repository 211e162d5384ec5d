#include "result/result.h"

#include <array>

namespace loadstone::result {
namespace {

constexpr std::string_view kVerdicts[] = {"pass", "fail", "inconclusive", "invalid"};
constexpr std::string_view kSeverities[] = {"note", "warning", "high"};

// From the best to the worst.
constexpr Verdict kOrder[] = {Verdict::kPass, Verdict::kInconclusive, Verdict::kFail, Verdict::kInvalid};

template <class Enum, std::size_t kCount>
std::optional<Enum> by_name(const std::string_view (&names)[kCount], std::string_view wanted) {
  for (std::size_t i = 0; i < kCount; ++i)
    if (names[i] == wanted) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
std::optional<Verdict> verdict_named(std::string_view wanted) { return by_name<Verdict>(kVerdicts, wanted); }

std::string_view name(Severity severity) { return kSeverities[static_cast<std::size_t>(severity)]; }
std::optional<Severity> severity_named(std::string_view wanted) { return by_name<Severity>(kSeverities, wanted); }

Verdict worse(Verdict a, Verdict b) {
  Verdict worst = Verdict::kPass;
  for (const Verdict v : kOrder)
    if (a == v || b == v) worst = v;
  return worst;
}

}  // namespace loadstone::result
