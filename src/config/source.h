// A text with a name, and where its lines begin: what every position refers to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loadstone::config {

// A part of a source, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;
};

class Source {
 public:
  // Line breaks become '\n' (CRLF and lone CR too) and a byte order mark is dropped.
  Source(std::string name, std::string_view text);

  struct Position {
    std::size_t line;    // from 0
    std::size_t column;  // from 0, in bytes
  };
  [[nodiscard]] Position position(std::size_t offset) const;
  [[nodiscard]] std::string_view line(std::size_t number) const;  // without its break; empty past the end
  // The nearest offset in the text, for positions that point past a line or the end.
  [[nodiscard]] std::size_t offset(Position position) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

using SharedSource = std::shared_ptr<const Source>;

inline constexpr std::size_t kMaxSourceBytes = std::size_t{1} << 20;  // of a suite

// Reads a file of at most `max_bytes` of valid UTF-8. Messages name the file and say what to do.
[[nodiscard]] Result<SharedSource> read_source(const std::string& path, std::size_t max_bytes = kMaxSourceBytes);
// The same checks for a text that is already in memory.
[[nodiscard]] Result<SharedSource> make_source(std::string name, std::string_view text,
                                               std::size_t max_bytes = kMaxSourceBytes);

}  // namespace loadstone::config
