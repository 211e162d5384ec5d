#include "config/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/format.h"

namespace loadstone::config {
namespace {

// The length of the well-formed UTF-8 sequence at the front of s, or 0 (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::string without_carriage_returns(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out.push_back(text[i]);
    } else if (i + 1 >= text.size() || text[i + 1] != '\n') {
      out.push_back('\n');
    }
  }
  return out;
}

std::string reason(int error) { return std::error_code(error, std::generic_category()).message(); }

}  // namespace

Source::Source(std::string name, std::string_view text) : name_(std::move(name)) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text_ = without_carriage_returns(text);
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
}

Source::Position Source::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(next - line_starts_.begin()) - 1;
  return {line, offset - line_starts_[line]};
}

std::string_view Source::line(std::size_t number) const {
  if (number >= line_starts_.size()) return {};
  const std::size_t begin = line_starts_[number];
  const std::size_t end = number + 1 < line_starts_.size() ? line_starts_[number + 1] - 1 : text_.size();
  return std::string_view(text_).substr(begin, end - begin);
}

std::size_t Source::offset(Position position) const {
  if (position.line >= line_starts_.size()) return text_.size();
  return line_starts_[position.line] + std::min(position.column, line(position.line).size());
}

Result<SharedSource> make_source(std::string name, std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    return fail(ErrorCode::kLimit, format("{}: larger than {} bytes, which is too much", name, max_bytes));
  std::size_t line = 1;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\n') ++line;
    if (text[i] == '\0')
      return fail(ErrorCode::kInvalid, format("{}:{}: a zero byte; this is not a text file", name, line));
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0)
      return fail(ErrorCode::kInvalid, format("{}:{}: invalid UTF-8 (byte 0x{:02x}); save the file as UTF-8", name,
                                              line, static_cast<unsigned char>(text[i])));
    i += length;
  }
  return std::make_shared<const Source>(std::move(name), text);
}

Result<SharedSource> read_source(const std::string& path, std::size_t max_bytes) {
  // Without O_NONBLOCK the opening of a FIFO that nobody writes to would hang.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    const auto code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return fail(code, format("{}: {}", path, error == ENOENT ? "there is no such file" : reason(error)));
  }
  struct stat status{};
  std::string text;
  std::string problem;
  if (::fstat(fd, &status) != 0) {
    problem = reason(errno);
  } else if (S_ISDIR(status.st_mode)) {
    problem = "is a folder; name a file in it";
  } else if (!S_ISREG(status.st_mode)) {
    problem = "is not a regular file";
  } else {
    char block[1 << 16];
    while (text.size() <= max_bytes) {
      const ssize_t n = ::read(fd, block, sizeof block);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) problem = reason(errno);
      if (n <= 0) break;
      text.append(block, static_cast<std::size_t>(n));
    }
  }
  ::close(fd);
  if (!problem.empty()) return fail(ErrorCode::kUnavailable, format("{}: {}", path, problem));
  return make_source(path, text, max_bytes);
}

}  // namespace loadstone::config
