// A request made ready: its bytes encoded once, with places for what differs from one to the next. Immutable; shared by
// all shards. Which protocol it is for, http1::encode or http2::encode has settled.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
  // HTTP/2: where the names and values of its fields lie in `bytes`, ascending, with something between any two of them.
  struct Field {
    std::size_t name_at, name_bytes, value_at, value_bytes;
  };
  std::vector<Field> fields{};
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

// What a request is made of.
struct RequestParts {
  std::string_view method;
  std::string_view scheme = "http";                                    // HTTP/2
  std::string_view target;                                             // origin-form
  std::string_view authority;                                          // for the Host field
  std::vector<std::pair<std::string_view, std::string_view>> headers;  // override what would be filled in
  std::string_view body;
  bool keep_alive = true;
  bool wants_body = false;
  bool wants_fields = false;
  // Before a number and '}' this makes a hole for that text: "\1{" makes one of "\1{0}". It may stand nowhere else.
  std::string_view text_mark = {};
};
// Whether a field of that name is among the headers, and whether a body wants a Content-Length that is not.
[[nodiscard]] bool has_field(const RequestParts& parts, std::string_view name);
[[nodiscard]] bool lacks_length(const RequestParts& parts);

// Appends text to `request.bytes`: {{request.id}}, {{message.id}} and {{message.header}} in it become holes; with a
// mark only what it makes holes for texts.
void append_template(PreparedRequest& request, std::string_view text, std::string_view mark);
[[nodiscard]] bool has_placeholder(std::string_view text, std::string_view mark);
// Fills the holes, among them the length of the body where it depends on the others. `to` is overwritten.
void fill(const PreparedRequest& request, const Filling& filling, std::string& to);
// How many bytes the holes before `offset` come to, those at `offset` itself only if `inclusive`.
[[nodiscard]] std::size_t filled_before(const PreparedRequest& request, const Filling& filling, std::size_t offset,
                                        bool inclusive);

}  // namespace loadstone::protocol
