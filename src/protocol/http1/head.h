// The head of an HTTP/1.x answer (RFC 9112 sections 2 to 6): status line and fields, as far as framing depends on them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "protocol/encoding/coding.h"

namespace loadstone::http1 {

// How the body of an answer ends (RFC 9112 section 6.3).
enum class Framing : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

struct Head {
  std::uint16_t status = 0;
  bool keep_alive = false;
  Framing framing = Framing::kNone;
  std::uint64_t length = 0;                           // for kLength
  encoding::Coding coding = encoding::Coding::kNone;  // of the body

  [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
};

// A head larger than this is a protocol error.
inline constexpr std::size_t kMaxHead = 64 * 1024;

// Every answer's first bytes.
inline constexpr std::string_view kStatusLineBegins = "HTTP/";

struct HeadResult {
  enum class State : std::uint8_t { kIncomplete, kComplete, kMalformed };
  State state = State::kIncomplete;
  std::size_t size = 0;           // kComplete: bytes of the head, its final empty line included
  const char* problem = nullptr;  // kMalformed
  Head head;
};

// Reads a head from the front of `bytes`. `no_body` is for answers to HEAD.
[[nodiscard]] HeadResult read_head(std::string_view bytes, bool no_body);

}  // namespace loadstone::http1
