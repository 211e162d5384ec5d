#include "protocol/http1/chunked.h"

#include <algorithm>

namespace loadstone::http1 {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

ChunkedDecoder::Step problem(const char* text) { return {0, {}, false, text}; }

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::step(std::string_view bytes) {
  switch (state_) {
    case State::kSize:
    case State::kExtension:
    case State::kSizeEnd:
      return line(bytes);
    case State::kBody: {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      left_ -= n;
      if (left_ == 0) state_ = State::kBodyEnd;
      return {n, bytes.substr(0, n), false, nullptr};
    }
    case State::kBodyEnd:
      // No bare LF here: it would let a chunk that is a byte shorter than it says end in its own CR.
      if (bytes.front() != '\r') return problem("a chunk does not end where its size says");
      state_ = State::kBodyNewline;
      return {1, {}, false, nullptr};
    case State::kBodyNewline:
      if (bytes.front() != '\n') return problem("a chunk does not end where its size says");
      state_ = State::kSize;
      return {1, {}, false, nullptr};
    case State::kTrailer:
      return trailer(bytes);
  }
  return problem("unreachable");
}

ChunkedDecoder::Step ChunkedDecoder::line(std::string_view bytes) {
  std::size_t i = 0;
  for (; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (++seen_ > kMaxLine) return problem("a chunk's size line is too long");
    if (state_ == State::kSizeEnd && c != '\n') return problem("CR within a chunk's size line");
    if (state_ == State::kSize) {
      if (const int digit = hex_digit(c); digit >= 0) {
        if (left_ >> 59 != 0) return problem("a chunk's size is too large");
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        any_digit_ = true;
        continue;
      }
      if (!any_digit_) return problem("a chunk's size is not a number");
      if (c != ';' && c != ' ' && c != '\t' && c != '\r' && c != '\n') return problem("a chunk's size is not a number");
    }
    if (c == '\r') {
      state_ = State::kSizeEnd;
    } else if (c == '\n') {
      state_ = left_ == 0 ? State::kTrailer : State::kBody;
      any_digit_ = false;
      seen_ = 0;
      empty_line_ = true;
      after_return_ = false;
      return {i + 1, {}, false, nullptr};
    } else {
      state_ = State::kExtension;
    }
  }
  return {i, {}, false, nullptr};
}

ChunkedDecoder::Step ChunkedDecoder::trailer(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (++seen_ > kMaxTrailers) return problem("the trailers are too large");
    if (c == '\n') {
      if (empty_line_) return {i + 1, {}, true, nullptr};
      empty_line_ = true;
      after_return_ = false;
    } else if (c == '\r' && !after_return_) {
      after_return_ = true;
    } else {
      empty_line_ = false;
      after_return_ = false;
    }
  }
  return {bytes.size(), {}, false, nullptr};
}

}  // namespace loadstone::http1
