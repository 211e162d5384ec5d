// A request made ready: its bytes encoded once, with places for what differs from one to the next. Immutable; shared by
// all shards.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::protocol {

struct PreparedRequest {
  // The bytes of the request, but for what belongs into the holes.
  std::string bytes;
  struct Hole {
    enum class Kind : std::uint8_t { kNumber, kHeader, kBodyLength, kText };
    std::size_t at;  // offset in `bytes`, ascending
    Kind kind;
    std::uint32_t text = 0;  // kText: which of the texts
  };
  std::vector<Hole> holes;
  std::size_t body_at = 0;          // offset in `bytes` where the body begins
  bool answer_has_no_body = false;  // HEAD
  bool has_header = false;          // some hole is for the message's header
  bool wants_body = false;          // emit kBody events
  bool wants_fields = false;        // say the header's lines with kHead
  bool closes = false;              // asks the peer to close after the answer
};

// What differs from one request to the next.
struct Filling {
  // Implicit: most requests differ by their number alone.
  Filling(std::uint64_t number_, std::string_view header_ = {}, std::span<const std::string> texts_ = {})
      : number(number_), header(header_), texts(texts_) {}
  std::uint64_t number;
  std::string_view header;             // of a message, see ledger/header.h
  std::span<const std::string> texts;  // for holes of texts, escaped for where they stand; valid for the call
};

}  // namespace loadstone::protocol
