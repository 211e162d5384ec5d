// The body of an answer for who has to look into it, decoded as it comes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/encoding/coding.h"
#include "protocol/encoding/decoder.h"

namespace loadstone::encoding {

class Body {
 public:
  // Unless less is asked for, no more is kept. A plain body that is longer is cut; one that decodes to more is a
  // problem: there are bodies of a few bytes that would fill any memory.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

  // A new answer's begins; memory of the one before is kept.
  void begin(Coding coding, std::size_t max_bytes = kMaxBytes);
  void add(std::string_view bytes);
  // The answer is complete. What is wrong with its body in words, or nothing.
  [[nodiscard]] std::string problem() const;
  // Decoded, as far as it is good.
  [[nodiscard]] const std::string& text() const { return text_; }
  // Whether it had to be decoded.
  [[nodiscard]] bool is_encoded() const { return coding_ != Coding::kNone; }

 private:
  std::size_t max_bytes_ = kMaxBytes;
  Coding coding_ = Coding::kNone;
  Coding decoders_ = Coding::kNone;  // what decoder_ is for
  std::unique_ptr<Decoder> decoder_;
  Decoder::State state_ = Decoder::State::kComplete;
  std::string text_;
};

}  // namespace loadstone::encoding
