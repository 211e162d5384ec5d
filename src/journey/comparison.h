// What must hold of a value: "exists", "== 200", "contains shoes", "matches ^a+$".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/pattern.h"
#include "base/result.h"
#include "journey/template.h"

namespace loadstone::journey {

class Comparison {
 public:
  // "exists", "is missing", or one of == != < <= > >= contains, matches and what to compare with, in which words of the
  // vocabulary may stand; quotes around it are taken off.
  [[nodiscard]] static Result<Comparison> parse(std::string_view text, const Vocabulary& vocabulary);

  // Two numbers are compared as numbers, everything else as text; < and its like hold of numbers only.
  [[nodiscard]] bool holds(const std::optional<std::string_view>& value, const Values& values) const;

 private:
  enum class How : std::uint8_t {
    kExists,
    kMissing,
    kEqual,
    kDiffers,
    kLess,
    kAtMost,
    kMore,
    kAtLeast,
    kContains,
    kMatches
  };
  How how_ = How::kExists;
  Template with_;
  std::shared_ptr<const Pattern> pattern_;  // kMatches
};

}  // namespace loadstone::journey
