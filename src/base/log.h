// One line of logfmt on standard error for each thing worth telling:
//   ts=2026-01-31T12:00:00.123Z level=info msg="listening" address="[::]:8000"
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "base/format.h"

namespace loadstone {

enum class LogLevel { kInfo, kWarning, kError };

// The line is written at the end of the statement, whole, by one call: lines of several threads do not mix.
//   LogLine(LogLevel::kInfo, "listening").field("address", address);
class LogLine {
 public:
  LogLine(LogLevel level, std::string_view message);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  LogLine& field(std::string_view key, std::string_view text);
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  LogLine& field(std::string_view key, T value) {
    format_to(std::back_inserter(line_), " {}={}", key, value);
    return *this;
  }
  // What is written so far, without the line's end.
  [[nodiscard]] const std::string& text() const { return line_; }

 private:
  std::string line_;
};

}  // namespace loadstone
