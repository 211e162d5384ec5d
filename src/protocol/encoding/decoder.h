// One coding undone as the bytes come: gzip and deflate by zlib, brotli and zstd by their own libraries. No library
// shows outside of decoder.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/encoding/coding.h"

namespace loadstone::encoding {

class Decoder {
 public:
  enum class State : std::uint8_t {
    kMore,      // the body is not at its end
    kComplete,  // it may end here
    kBroken,    // it cannot become whole any more
    kTooLarge,  // it would decode to more than it may
  };

  virtual ~Decoder() = default;
  // Appends what the bytes decode to, while `to` has at most `max_bytes`; says where that leaves the body. After
  // kBroken and kTooLarge only reset() makes sense.
  [[nodiscard]] virtual State decode(std::string_view bytes, std::size_t max_bytes, std::string& to) = 0;
  // For another body; keeps memory.
  virtual void reset() = 0;

 protected:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

// Null for kNone and kOther.
[[nodiscard]] std::unique_ptr<Decoder> make_decoder(Coding coding);

}  // namespace loadstone::encoding
