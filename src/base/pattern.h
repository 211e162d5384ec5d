// A regular expression (RE2 syntax: no back references, and so no exponential time). The one door to RE2.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace loadstone {

class Pattern {
 public:
  static constexpr std::size_t kMaxLength = 1000;

  // The error says what is wrong with the text and where.
  [[nodiscard]] static Result<Pattern> compile(std::string_view text);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  // From any thread at once.
  [[nodiscard]] bool matches(std::string_view text) const;  // somewhere in it
  // What the first group holds where the pattern first matches; nothing when it does not, or the group took no part.
  [[nodiscard]] std::optional<std::string_view> first_group(std::string_view text) const;
  [[nodiscard]] int groups() const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace loadstone
