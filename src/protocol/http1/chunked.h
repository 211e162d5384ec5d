// The chunked transfer coding (RFC 9112 section 7.1), decoded as it comes.
#pragma once

#include <cstdint>
#include <string_view>

namespace loadstone::http1 {

class ChunkedDecoder {
 public:
  // A chunk's size line with its extensions, and the trailer section, may each have this many bytes.
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTrailers = 64 * 1024;

  struct Step {
    std::size_t consumed = 0;
    std::string_view body;          // a piece of the body, within what was given
    bool done = false;              // the last chunk and the trailers have been read
    const char* problem = nullptr;  // malformed
  };
  // Takes a piece off the front of bytes; call again with the rest until done, a problem, or nothing is left.
  [[nodiscard]] Step step(std::string_view bytes);
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State : std::uint8_t { kSize, kExtension, kSizeEnd, kBody, kBodyEnd, kBodyNewline, kTrailer };
  Step line(std::string_view bytes);
  Step trailer(std::string_view bytes);

  State state_ = State::kSize;
  bool any_digit_ = false;
  bool empty_line_ = true;     // of the trailers: nothing yet on this line
  bool after_return_ = false;  // the last byte of the line was CR
  std::uint64_t left_ = 0;     // of the size being read, or of the body
  std::size_t seen_ = 0;       // bytes of this line, or of the trailers
};

}  // namespace loadstone::http1
