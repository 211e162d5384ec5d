#include "base/log.h"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <iterator>

#include "base/json_writer.h"

namespace loadstone {

LogLine::LogLine(LogLevel level, std::string_view message) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  constexpr std::string_view kLevels[] = {"info", "warning", "error"};
  format_to(std::back_inserter(line_), "ts={:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z level={}", parts.tm_year + 1900,
            parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000,
            kLevels[static_cast<int>(level)]);
  field("msg", message);
}

LogLine::~LogLine() {
  line_ += '\n';
  std::string_view rest = line_;
  while (!rest.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody reads it: nothing more can be said
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

LogLine& LogLine::field(std::string_view key, std::string_view text) {
  line_ += ' ';
  line_ += key;
  line_ += '=';
  JsonWriter::append_json_string(line_, text);  // quotes and escapes of logfmt are those of JSON
  return *this;
}

}  // namespace loadstone
