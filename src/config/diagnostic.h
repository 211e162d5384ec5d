// Mistakes in a source, collected and shown together, each with its place, its line and a caret under it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/source.h"

namespace loadstone::config {

struct Diagnostic {
  std::optional<Span> span;  // none: about the source as a whole, or no source at all
  std::string message;
  std::string help;  // shown under the caret: "did you mean 'concurrency'?"
};

// "did you mean 'x'?", or empty when there is no word.
[[nodiscard]] std::string did_you_mean(std::string_view word);
// What a user wrote, in quotes, shortened when long, for use in messages.
[[nodiscard]] std::string quoted(std::string_view text);
// Control characters replaced, so that nothing a file holds can drive a terminal.
[[nodiscard]] std::string printable(std::string_view text);

class Diagnostics {
 public:
  static constexpr std::size_t kMaxShown = 50;

  explicit Diagnostics(SharedSource source = nullptr) : source_(std::move(source)) {}

  // The same mistake at the same place is kept once (an alias repeats the text of its anchor).
  void error(Span span, std::string message, std::string help = {});
  void general_error(std::string message, std::string help = {});

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size() + more_; }
  // At most kMaxShown of them, in the order of their places.
  [[nodiscard]] const std::vector<Diagnostic>& entries() const { return entries_; }
  // For a person; ends with a line break unless empty.
  [[nodiscard]] std::string text() const;

 private:
  void add(Diagnostic diagnostic);

  SharedSource source_;
  std::vector<Diagnostic> entries_;
  std::size_t more_ = 0;
};

}  // namespace loadstone::config
