// A request made ready: its bytes encoded once, with places for what differs from one to the next. Immutable; shared by
// all shards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadstone::protocol {

struct PreparedRequest {
  // The bytes of the request. With `holes`, a decimal number belongs into each hole, and the length of a body with
  // holes is written by the codec at `length_hole`.
  std::string bytes;
  struct Hole {
    std::size_t at;       // offset in `bytes`, ascending
    bool is_body_length;  // the length of the body, else the request's number
  };
  std::vector<Hole> holes;
  std::size_t body_at = 0;          // offset in `bytes` where the body begins
  bool answer_has_no_body = false;  // HEAD
  bool wants_body = false;          // emit kBody events
  bool closes = false;              // asks the peer to close after the answer
};

}  // namespace loadstone::protocol
